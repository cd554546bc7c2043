#!/bin/sh
# Throws damaged input at every reader: as long as said for each, going on from what earlier runs found to be interesting.
#
#   sh tests/fuzz/run.sh SECONDS [TARGET...]      make fuzz [SECONDS=60]
#   sh tests/fuzz/run.sh check                    whether the targets still compile (make check)
#
# What makes one fail is kept in target/fuzz/found/TARGET/: it becomes a test of that reader, then the reader is mended.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/../.." && pwd)
PATH=$root/.tools/check/bin:$PATH
# The workspace's versions; cargo adds what only fuzzing needs.
cp "$root/Cargo.lock" "$here/Cargo.lock"
seconds=$1
shift
if [ "$seconds" = check ]; then
    exec cargo check --quiet --manifest-path "$here/Cargo.toml" --no-default-features
fi
[ $# -gt 0 ] || set -- pattern record alarm config ics logs
cargo +nightly --version >/dev/null 2>&1 || {
    echo "error: fuzzing needs Rust's nightly toolchain: rustup toolchain install nightly --profile minimal" >&2
    exit 1
}
command -v cargo-fuzz >/dev/null || { echo "error: cargo-fuzz is missing: run this by make fuzz" >&2; exit 1; }

fuzz=$root/target/fuzz
"${PYTHON:-python3}" "$here/seeds.py" "$root" "$fuzz/corpus"
cd "$root/tests"
failed=
for target; do
    echo "== $target, $seconds seconds"
    mkdir -p "$fuzz/found/$target"
    # 20 KB: as long as a line or a file gets in earnest, and short enough for many a second.
    cargo +nightly fuzz run --fuzz-dir fuzz --target-dir "$fuzz/build" "$target" "$fuzz/corpus/$target" -- \
        -max_total_time="$seconds" -max_len=20000 -timeout=10 -print_final_stats=1 -print_funcs=0 -verbosity=0 \
        -artifact_prefix="$fuzz/found/$target/" || failed="$failed $target"
done
[ -z "$failed" ] || { echo "error: found something:$failed; see $fuzz/found" >&2; exit 1; }
