#!/bin/sh
# Makes target/package/<function>.zip, binary and config in one, for deployments by template.yaml alone (CodeBucket).
#
#   sh infra/package.sh CONFIG FUNCTION...      make package
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
config=$1
shift
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
(cd "$root" && cargo build --locked --quiet -p yakei-core --example stack)
# Account and Region stand in no file of the zip.
"${CARGO_TARGET_DIR:-$root/target}/debug/examples/stack" "$config" aws - - "$stage" || {
    printf '%s\n' 'error: nothing was made: mend the config and run this again' >&2
    exit 1
}
mkdir -p "$root/target/package"
for function; do
    cp "$root/target/lambda/$function/bootstrap" "$stage/zip/bootstrap"
    rm -f "$root/target/package/$function.zip"
    # The zip module keeps the binary executable.
    (cd "$stage/zip" && "$root/.venv/bin/python" -m zipfile -c "$root/target/package/$function.zip" ./*)
    printf '%s\n' "target/package/$function.zip" >&2
done
