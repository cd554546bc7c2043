#!/bin/sh
# Runs public checkers of the CIS monitoring section against a local AWS that Yakei has set up, and prints what they say.
# Installs them into .tools/checkers, pinned with hashes, when they are not there.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/../.." && pwd)
venv=$root/.tools/checkers

if ! cmp -s "$here/requirements.txt" "$venv/.requirements"; then
    printf 'installing the checkers into .tools/checkers (once) ...\n' >&2
    rm -rf "$venv"
    mkdir -p "$root/.tools"
    "${PYTHON:-python3}" -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --no-deps --only-binary :all: \
        --require-hashes -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$venv/.requirements"
fi
cd "$root"
exec "$venv/bin/python" "$here/check.py"
