#!/bin/sh
# What `make bench` runs, in some 20 minutes on two cores, and `make bench-quick`, in two when everything is built.
# Everything goes to target/bench: bench.md to be read and pasted, bench.json for programs.
#
#   sh tests/measure/bench.sh [quick]
set -eu
cd "$(dirname "$0")/../.."
quick=${1:-}
out=target/bench
mkdir -p "$out"
say() { printf '\033[1m== %s\033[0m\n' "$1"; }

say 'building what goes to Lambda, for this machine (the first time some minutes)'
cargo build --locked --quiet --profile function -p toggler -p enricher -p bootstrapper -p bare
cargo build --locked --quiet --workspace --bins --example regions
cargo build --locked --quiet --release -p filter-pattern --example throughput
cargo build --locked --quiet --release -p yakei-core --example bench
cargo build --locked --quiet --profile optimised -p backtest --example month --example speed

set -- --functions target/function --python .tools/measure/bin/python --out "$out"
part() { # TITLE FILE COMMAND...
    title=$1 file=$out/$2
    shift 2
    say "$title"
    "$@" >"$file"
    cat "$file"
}
part 'many filter patterns over records' patterns.txt target/release/examples/throughput
set -- "$@" --part "Filter patterns=$out/patterns.txt"
part 'the same beside jq, jaq and Python' peers.txt .tools/measure/bin/python tests/measure/python/peers.py "$out"
set -- "$@" --part "Filter patterns beside jq, jaq and Python=$out/peers.txt"
part 'a page of records: read, group, render' page.txt target/release/examples/bench
set -- "$@" --part "A page of records=$out/page.txt"
megabytes=$([ -n "$quick" ] && echo 100 || echo 1000)
month=$out/month-$megabytes
[ -d "$month" ] || target/optimised/examples/month "$month" "$megabytes"
part "a month of CloudTrail, $megabytes MB unpacked: the backtest beside unpacking alone" backtest.txt target/optimised/examples/speed "$month"
set -- "$@" --part "The backtest beside unpacking alone=$out/backtest.txt"
if [ -z "$quick" ]; then
    say 'the whole invocation of the enricher beside its calls (compiles the SDKs for it: some minutes)'
    cargo build --locked --quiet --release -p enricher --example invocation
    part 'the whole invocation' invocation.txt target/release/examples/invocation
    set -- "$@" --part "The enricher's invocation beside its calls=$out/invocation.txt"
    part '17 Regions beside the CLI article (unoptimised builds)' regions.txt target/debug/examples/regions
    set -- "$@" --part "17 Regions beside the CLI article=$out/regions.txt"
else
    set -- "$@" --quick
fi
say 'start-up, memory, growth'
target/debug/measure "$@"
