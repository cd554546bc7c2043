#!/bin/sh
# Runs the query for Athena on Velox and its table on Hive, installed into .tools/engines where they are not there (1 GB).
#
#   sh infra/backtest/tests/engines.sh      make engines
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../../.." && pwd)
cd "$root"
velox=tests/infra/requirements-engines.txt
hive=infra/backtest/tests/hive/requirements.txt
venv=.tools/engines
command -v javac >/dev/null || { echo 'error: Hive needs a Java 17 (Debian: openjdk-17-jdk-headless)' >&2; exit 1; }
if ! cat "$velox" "$hive" | cmp -s - "$venv/.requirements"; then
    echo '== installing Velox and Hive into .tools/engines (once)' >&2
    rm -rf "$venv"
    "${PYTHON:-python3}" -m venv "$venv"
    pip="$venv/bin/python -m pip --quiet --disable-pip-version-check --no-input"
    # shellcheck disable=SC2086 # several words
    {
        $pip install --no-deps --only-binary :all: --require-hashes -r "$velox"
        $pip download --no-deps --no-build-isolation --no-binary :all: --require-hashes -d "$venv/hive" -r "$hive"
    }
    tar -xzf "$venv"/hive/pyspark-*.tar.gz -C "$venv/hive" --strip-components 2 --wildcards '*/deps/jars/*'
    rm "$venv"/hive/pyspark-*.tar.gz
    cat "$velox" "$hive" >"$venv/.requirements"
fi
ENGINE=velox cargo test --locked -p backtest --test sql --test query --no-fail-fast -- --nocapture
exec cargo test --locked -p backtest --test table -- --include-ignored
