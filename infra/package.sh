#!/bin/sh
# Makes, in FOLDER, what a release publishes for one architecture: for deployments by template.yaml alone (CodeBucket).
# The zips hold no config: with_config.py adds it, to these and to downloaded ones alike. Needs no account.
#
#   sh infra/package.sh ARCH FOLDER FUNCTION...      make package [ARCH=arm64] [PACKAGE=target/package]
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
umask 022 # Lambda's user must be able to read what is in a zip
arch=$1
into=$2
shift 2
# In names AWS's own word, as the template's parameter Architecture has it.
case $arch in
host) of=$(uname -m) ;;
*) of=$arch ;;
esac
case $of in
arm64 | aarch64) of=arm64 rust=aarch64-unknown-linux-gnu ;;
x86-64 | x86_64) of=x86_64 rust=x86_64-unknown-linux-gnu ;;
*) printf 'error: Lambda has no %s\n' "$of" >&2; exit 1 ;;
esac

mkdir -p "$into"
into=$(CDPATH='' cd -- "$into" && pwd)
for function; do
    rm -f "$into/$function-$of.zip"
    # The zip module keeps the binary executable.
    (cd "$root/target/lambda/$arch/$function" && "$root/.venv/bin/python" -m zipfile -c "$into/$function-$of.zip" bootstrap)
done
"$root/.venv/bin/python" "$root/infra/sbom.py" "$rust" "$@" >"$into/parts-$of.cdx.json"
cp "$root/infra/template.yaml" "$root/infra/yakei.toml" "$root/infra/with_config.py" "$into"
# Written last, of everything that is here for this architecture.
cd "$into"
for function; do # a b becomes a-arm64.zip b-arm64.zip
    set -- "$@" "$function-$of.zip"
    shift
done
"$root/.venv/bin/python" - "$@" "parts-$of.cdx.json" template.yaml yakei.toml with_config.py >"SHA256SUMS-$of" <<'PYTHON'
import hashlib, sys
for name in sys.argv[1:]:
    print(hashlib.sha256(open(name, "rb").read()).hexdigest(), "", name)
PYTHON
printf 'in %s: %s\n' "$into" "$(echo *)" >&2
