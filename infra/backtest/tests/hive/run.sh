#!/bin/sh
# Runs statements by Hive, from the jars in pyspark's archive (make engines): see HiveOnFolder.java.
#
#   sh infra/backtest/tests/hive/run.sh FOLDER FILE
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
tools=$here/../../../../.tools/engines
jars=$tools/hive/jars
classes=$tools/hive/classes
mkdir -p "$classes"
if [ ! -e "$classes/HiveOnFolder.class" ] || [ "$here/HiveOnFolder.java" -nt "$classes/HiveOnFolder.class" ]; then
    javac -cp "$jars/*" -d "$classes" "$here/HiveOnFolder.java" "$here/org/apache/hadoop/hive/llap/security/LlapSigner.java"
fi
# Hive 2.3 is older than Java's modules; what it logs goes to standard error.
opens=
for package in lang lang.reflect lang.invoke net util util.concurrent io nio; do
    opens="$opens --add-opens java.base/java.$package=ALL-UNNAMED"
done
cat >"$classes/log4j2.properties" <<'PROPERTIES'
rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
PROPERTIES
# shellcheck disable=SC2086 # several words
exec java -cp "$classes:$jars/*" $opens HiveOnFolder "$@"
