#!/bin/sh
# What `make bench` runs, in some 20 minutes on two cores, and `make bench-quick`, in two when everything is built.
# Everything goes to target/bench: bench.md to be read and pasted, bench.json for programs. The whole `make bench` also
# writes its tables into ARCHITECTURE.md, between the marks that it finds there.
#
#   sh tests/measure/bench.sh [quick]      (BUILT=yes measures what is built already, and builds nothing)
set -eu
cd "$(dirname "$0")/../.."
quick=${1:-}
out=target/bench
mkdir -p "$out"
began=$(date +%s)
say() { printf '\033[1m== %s (after %s s)\033[0m\n' "$1" "$(($(date +%s) - began))"; }

if [ -z "${BUILT:-}" ]; then
    say 'building what goes to Lambda, for this machine (the first time some minutes)'
    cargo build --locked --quiet --profile function -p toggler -p enricher -p bootstrapper -p bare
    # All programs and that example with one selection of packages: a part of it would ask for other features of the SDKs.
    cargo build --locked --quiet --workspace --bins --example regions
    cargo build --locked --quiet --release -p filter-pattern --example throughput
    cargo build --locked --quiet --release -p yakei-core --example bench
    cargo build --locked --quiet --profile optimised -p backtest --example month --example speed
fi
began=$(date +%s)

code=0
set -- --functions target/function --python .tools/measure/bin/python --out "$out"
part() { # TITLE FILE COMMAND...
    title=$1 file=$out/$2
    shift 2
    say "$title"
    # What ended early says so in its part of the report, and the others go on.
    "$@" >"$file" 2>&1 || { printf 'NOT RUN to its end: exit %s\n' "$?" >>"$file" && code=1; }
    cat "$file"
}
part 'many filter patterns over records' patterns.txt target/release/examples/throughput
set -- "$@" --part "Filter patterns=$out/patterns.txt"
part 'the same beside jq, jaq and Python' peers.txt .tools/measure/bin/python tests/measure/python/peers.py "$out"
set -- "$@" --part "Filter patterns beside jq, jaq and Python=$out/peers.txt"
part 'a page of records: read, group, render' page.txt target/release/examples/bench 1
set -- "$@" --part "A page of records=$out/page.txt"
megabytes=$([ -n "$quick" ] && echo 100 || echo 1000)
month=$out/month-$megabytes
# Whole or not at all.
[ -d "$month" ] || { rm -rf "$month.part" && target/optimised/examples/month "$month.part" "$megabytes" && mv "$month.part" "$month"; }
part "a month of CloudTrail, $megabytes MB unpacked: the backtest beside unpacking alone" backtest.txt target/optimised/examples/speed "$month"
set -- "$@" --part "The backtest beside unpacking alone, $megabytes MB=$out/backtest.txt"
if [ -z "$quick" ]; then
    part '17 Regions beside the CLI article (unoptimised builds)' regions.txt target/debug/examples/regions
    set -- "$@" --part "17 Regions beside the CLI article=$out/regions.txt" --quote ARCHITECTURE.md
else
    set -- "$@" --quick
fi
say 'start-up, memory, growth'
target/debug/measure "$@" || code=1
say 'done'
exit "$code"
