#!/bin/sh
# Compiles the example and runs its JUnit tests without Maven. JUNIT_JARS is the folder with JUnit's jars: by default that of
# Debian's package junit5. Options of Java, such as those of a trust store, come from JAVA_TOOL_OPTIONS.
#
#     paysandbox exec -- sh examples/java/test.sh
set -eu

here=$(dirname "$0")
jars=${JUNIT_JARS:-/usr/share/java}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

path=$folder:$here/src/test/resources
for name in junit-jupiter-api junit-jupiter-engine junit-platform-commons junit-platform-engine junit-platform-launcher \
  junit-platform-console junit-platform-reporting opentest4j opentest4j-reporting-events apiguardian-api picocli; do
  path=$path:$jars/$name.jar
done
javac --release 17 -Xlint:all,-path -Werror -d "$folder" -cp "$path" \
  "$here"/src/main/java/shop/*.java "$here"/src/test/java/shop/*.java
java -cp "$path" org.junit.platform.console.ConsoleLauncher --disable-banner --scan-classpath "$folder"
