# Plain names of what there is to do; Maven does the work.
# Maven's own progress is left out: what stays is warnings, errors and the tests' result lines.
MVN := mvn -B -ntp -Dstyle.color=never \
	-Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
	-Dorg.slf4j.simpleLogger.log.org.apache.maven.plugin.surefire=info
# The formatter parses with the JDK that runs Maven, and so needs the one that the code is written for.
FMT = JAVA_HOME="$$(dirname "$$(dirname "$$(src/dist/bin/twinroot --which-java)")")" \
	MAVEN_OPTS="--sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED" $(MVN)

DIST := target/twinroot
# The start-up cache is trained by this command; where that fails there is none, and all still works.
TRAIN := rehearse

.PHONY: help demo demo-sql test check fmt fmt-check bench build clean

help:
	@sed -n 's/^\([a-z][a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 18

demo: build ## builds, then shows two copies drift apart and be repaired
	@$(DIST)/bin/twinroot demo

demo-sql: build ## builds, then shows a PostgreSQL and a MariaDB compared and repaired
	@$(MVN) test-compile dependency:build-classpath -Dmdep.includeScope=test -Dmdep.outputFile=target/test.classpath
	@"$$($(DIST)/bin/twinroot --which-java)" --enable-native-access=ALL-UNNAMED \
		--sun-misc-unsafe-memory-access=allow \
		-cp "target/classes:target/test-classes:$$(cat target/test.classpath)" io.twinroot.cli.SqlDemo

test: ## compiles and runs all tests but the long ones
	@$(MVN) verify

check: fmt-check test ## what must pass before a commit: formatter check, then the tests

fmt: ## formats all Java code in place
	@$(FMT) spotless:apply

fmt-check:
	@$(FMT) spotless:check

bench: build ## builds, then runs the benchmarks: bench/run
	@$(MVN) test-compile dependency:build-classpath -Dmdep.includeScope=test -Dmdep.outputFile=target/test.classpath
	@bench/run

build: ## builds the distribution in target/twinroot, without tests
	@$(MVN) package -DskipTests
	@test $(DIST)/lib/twinroot.aot -nt $(DIST)/lib/twinroot.jar || { rm -f $(DIST)/lib/twinroot.aot*; \
	TWINROOT_JAVA_OPTS="-XX:AOTCacheOutput=$(DIST)/lib/twinroot.aot" $(DIST)/bin/twinroot $(TRAIN) >/dev/null 2>&1 \
	|| rm -f $(DIST)/lib/twinroot.aot*; }

clean: ## removes everything that was built
	@$(MVN) clean
