#!/bin/sh
# Makes FOLDER/<function>.zip, binary and config in one, for deployments by template.yaml alone (CodeBucket).
#
#   sh infra/package.sh CONFIG FOLDER FUNCTION...      make package
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
export CARGO_TARGET_DIR="$root/target"
umask 022 # Lambda's user must be able to read what is in a zip
config=$1
into=$2
shift 2
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
# Account and Region stand in no file of the zip.
cargo run --locked --quiet --manifest-path "$root/Cargo.toml" -p yakei-core --example stack -- "$config" aws - - "$stage" || {
    printf '%s\n' 'error: nothing was made: mend the config and run this again' >&2
    exit 1
}
mkdir -p "$into"
into=$(CDPATH='' cd -- "$into" && pwd)
for function; do
    cp "$root/target/lambda/$function/bootstrap" "$stage/zip/bootstrap"
    rm -f "$into/$function.zip"
    # The zip module keeps the binary executable.
    (cd "$stage/zip" && "$root/.venv/bin/python" -m zipfile -c "$into/$function.zip" ./*)
    printf '%s\n' "$into/$function.zip" >&2
done
