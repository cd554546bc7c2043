#!/bin/sh
# Builds functions for Lambda, optimised, into target/lambda/ARCH/<function>/bootstrap.
#
#   sh infra/build.sh arm64|x86-64 FUNCTION...      make build [ARCH=arm64]
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# cargo-lambda finds the linker, a Python package, by the first python.
PATH=$root/.tools/zig/bin:$root/.venv/bin:$PATH
cd "$root"
arch=$1
shift
case $arch in
arm64) target=aarch64-unknown-linux-gnu other=x86-64 cpu=neoverse-n1 ;;
x86-64) target=x86_64-unknown-linux-gnu other=arm64 cpu=haswell ;;
*) printf 'error: ARCH is %s; Lambda has arm64 and x86-64\n' "$arch" >&2; exit 1 ;;
esac
[ -d "$(rustc --print sysroot)/lib/rustlib/$target" ] || rustup target add "$target" || {
    printf 'error: this Rust cannot build for %s: install its target %s, or choose ARCH=%s\n' "$arch" "$target" "$other" >&2
    exit 1
}
into=target/lambda/$arch
for function; do # a b c becomes -p a -p b -p c
    set -- "$@" -p "$function"
    shift
done
# The processors that Lambda has at least, as cargo-lambda sets them by itself for the profile `release` alone.
RUSTFLAGS="${RUSTFLAGS:-} -C target-cpu=$cpu" cargo lambda build --locked --profile function "--$arch" --lambda-dir "$into" "$@"
ls -l "$into"/*/bootstrap
