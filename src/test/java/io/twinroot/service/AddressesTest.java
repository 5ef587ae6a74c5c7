package io.twinroot.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.table.TableName;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AddressesTest {
    @ParameterizedTest
    @CsvSource({
        "http://127.0.0.1:7400,                     http://127.0.0.1:7400,       ",
        "http://127.0.0.1:7400/,                    http://127.0.0.1:7400,       ",
        "http://host:1/shop/orders,                 http://host:1,               shop/orders",
        "http://host:1/shop%2Forders/,              http://host:1,               shop/orders",
        "http://[::1]:7400/a,                       http://[::1]:7400,           a",
        "http://host/a,                             http://host,                 a",
        "store:/var/data,                           store:/var/data,             ",
        "store:data?table=shop/orders,              store:data,                  shop/orders",
        "store:a b?c?table=x,                       store:a b?c,                 x",
    })
    void anAddressIsAPlaceAndPerhapsATable(String text, String place, String table) {
        Address address = Addresses.parse(text);
        assertEquals(place, address.place().toString());
        assertEquals(Optional.ofNullable(table).map(TableName::new), address.table());
        assertEquals(address, Addresses.parse(address.toString()));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            shop/orders                     | it starts with none of http:// store:
            https://host:1/a                | https needs trust
            http:///a                       | it needs a host name
            http://user:pw@host:1/a         | no user
            http://host:1/a?table=b         | a node's table is a path
            http://host:99999/a             | port
            http://host:1/a b               | it is not a URL
            http://host:1/..                | not a table name
            store:                          | it has no path
            store:?table=a                  | it has no path
            store:x?table=                  | not a table name
            postgresql://u:pw@host/db      | holds a password
            postgresql://host               | names no host or no database
            mariadb://host/db?password=x    | does not belong there
            mariadb://host/db?key=a         | are of one table
            sqlite:                         | names no file
            """)
    void whatIsNoAddressIsRefused(String text, String why) {
        IllegalArgumentException wrong = assertThrows(IllegalArgumentException.class, () -> Addresses.parse(text));
        assertTrue(String.valueOf(wrong.getMessage()).contains(why), wrong.getMessage());
    }
}
