package io.twinroot.source.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** The texts that are dates and times in columns declared as such. SQLite itself knows no such type. */
final class SqliteTime {
    private static final int MAX_PLACES = 9;
    private static final String CLOCK = "([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,9})?";
    private static final Pattern TIME = Pattern.compile(CLOCK);
    private static final Pattern DATETIME =
            Pattern.compile("\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])[ T]" + CLOCK);

    private SqliteTime() {}

    static boolean isTime(String text) {
        return TIME.matcher(text).matches();
    }

    static boolean isDateTime(String text) {
        return DATETIME.matcher(text).matches();
    }

    /** All texts that have this canonical one, itself among them. */
    static List<String> forms(String canonical) {
        if (!isTime(canonical) && !isDateTime(canonical)) {
            return List.of(canonical);
        }
        List<String> forms = new ArrayList<>();
        StringBuilder text = new StringBuilder(canonical);
        for (int places = SqlTime.places(canonical); ; places++) {
            forms.add(text.toString());
            if (isDateTime(canonical)) {
                forms.add(text.toString().replace('T', ' '));
            }
            if (places == MAX_PLACES) {
                return forms;
            }
            text.append(places == 0 ? ".0" : "0");
        }
    }
}
