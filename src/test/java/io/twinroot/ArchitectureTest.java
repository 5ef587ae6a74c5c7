package io.twinroot;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.CompositeArchRule;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** The arrows between the packages, and what each may know of the world. A new package is entered here first. */
@AnalyzeClasses(packages = "io.twinroot", importOptions = DoNotIncludeTests.class)
final class ArchitectureTest {

    /** Which of our packages each package may use, beside itself. */
    private static final Map<String, Set<String>> ARROWS = Map.ofEntries(
            Map.entry("table", Set.of()),
            Map.entry("tree", Set.of("table")),
            Map.entry("wire", Set.of("table", "tree")),
            Map.entry("source", Set.of("table", "store")),
            Map.entry("index", Set.of("table", "tree")),
            Map.entry("reconcile", Set.of("table", "tree", "wire", "source")),
            Map.entry("log", Set.of("table")),
            Map.entry("store", Set.of("table", "tree", "log")),
            Map.entry("peer", Set.of("table", "tree", "reconcile", "wire")),
            Map.entry("carry", Set.of("table", "wire", "reconcile")),
            Map.entry("config", Set.of("table")),
            Map.entry(
                    "service",
                    Set.of(
                            "table",
                            "tree",
                            "wire",
                            "source",
                            "index",
                            "reconcile",
                            "carry",
                            "log",
                            "store",
                            "peer",
                            "config")),
            Map.entry("cli", Set.of("table", "wire", "reconcile", "carry", "config", "service")));

    /** Same input, same output: the packages without clock, randomness, threads or logging. */
    private static final String[] PURE = in("table", "tree", "reconcile", "wire");

    @ArchTest
    static final ArchRule everyClassIsInAKnownPackage =
            classes().should().resideInAnyPackage(in(ARROWS.keySet().toArray(String[]::new)));

    @ArchTest
    static final ArchRule arrows = CompositeArchRule.of(ARROWS.entrySet().stream()
            .map(arrow -> mayUse(arrow.getKey(), arrow.getValue()))
            .toList());

    @ArchTest
    static final ArchRule noCycles =
            slices().matching("io.twinroot.(*)..").should().beFreeOfCycles().allowEmptyShould(true);

    @ArchTest
    static final ArchRule adaptersDoNotKnowEachOther = slices().matching("io.twinroot.source.(*)..")
            .should()
            .notDependOnEachOther()
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule onlyTheStoreAdapterKnowsTheStore = noClasses()
            .that()
            .resideInAPackage("io.twinroot.source..")
            .and()
            .resideOutsideOfPackage("io.twinroot.source.store..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.twinroot.store..")
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule pureHasNoClockRandomnessOrThreads = noClasses()
            .that()
            .resideInAnyPackage(PURE)
            .should()
            .dependOnClassesThat()
            .haveNameMatching("java\\.time\\.(Clock|InstantSource)"
                    + "|java\\.util\\.(Random|SplittableRandom|Timer)|java\\.util\\.random\\..*"
                    + "|java\\.security\\.SecureRandom|java\\.lang\\.Thread(Group|\\$Builder.*)?"
                    + "|java\\.util\\.concurrent\\.(ThreadLocalRandom|Executor.*|.*Executor|ForkJoin.*|Completable.*)")
            .orShould()
            .accessTargetWhere(describe("reads the clock or makes random values", ArchitectureTest::isUnrepeatable))
            .because("time and seeds are parameters")
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule pureDoesNotLog = noClasses()
            .that()
            .resideInAnyPackage(PURE)
            .should()
            .dependOnClassesThat()
            .haveNameMatching("org\\.slf4j\\..*|java\\.util\\.logging\\..*|java\\.lang\\.System\\$Logger.*")
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule mapdbStaysInStore = onlyIn("org.mapdb..", "store");

    @ArchTest
    static final ArchRule vertxStaysInPeerAndService = onlyIn("io.vertx..", "peer", "service");

    @ArchTest
    static final ArchRule picocliStaysInCli = onlyIn("picocli..", "cli");

    @ArchTest
    static final ArchRule progressBarStaysInCli = onlyIn("me.tongfei..", "cli");

    @ArchTest
    static final ArchRule jacksonStaysOutOfTheAlgorithms =
            onlyIn("com.fasterxml.jackson..", "table", "wire", "source", "peer", "config", "service", "cli");

    @ArchTest
    static final ArchRule namesSayWhatAClassIs = noClasses()
            .should()
            .haveNameMatching(".*(Utils?|Helpers?|Manager|Impl)")
            .because("a name like that can hold anything");

    private static ArchRule mayUse(String name, Set<String> others) {
        String[] allowed = in(Stream.concat(Stream.of(name), others.stream()).toArray(String[]::new));
        return classes()
                .that()
                .resideInAnyPackage(in(name))
                .should()
                .onlyDependOnClassesThat(resideOutsideOfPackage("io.twinroot..").or(resideInAnyPackage(allowed)))
                .allowEmptyShould(true);
    }

    private static ArchRule onlyIn(String library, String... packages) {
        return noClasses()
                .that()
                .resideOutsideOfPackages(in(packages))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(library)
                .allowEmptyShould(true);
    }

    private static boolean isUnrepeatable(JavaAccess<?> access) {
        String owner = access.getTargetOwner().getName();
        String name = access.getTarget().getName();
        return switch (owner) {
            case "java.lang.System" -> name.equals("currentTimeMillis") || name.equals("nanoTime");
            case "java.lang.Math" -> name.equals("random");
            case "java.util.UUID" -> name.equals("randomUUID");
            default -> owner.startsWith("java.time.") && name.equals("now");
        };
    }

    private static String[] in(String... names) {
        return Stream.of(names).map(name -> "io.twinroot." + name + "..").toArray(String[]::new);
    }
}
