#!/bin/sh
# Makes or renews the Python environment .venv of this checkout: the local AWS and cargo-lambda, pinned with hashes.
# Does nothing when it is up to date. Two runs at once are safe: the second waits for the first.
#
#   sh tests/local-aws/venv.sh        PYTHON=python3.12 chooses another Python (3.10 or newer)
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/../.." && pwd)
venv=$root/.venv
stamp=$venv/.requirements
lock=$root/.venv.lock
python=${PYTHON:-python3}

say() { printf '%s\n' "$*" >&2; }
fail() { say "error: $*"; exit 1; }

# What the stamp must hold: both requirement files, and where the venv stands (a venv that was moved is broken).
wanted() { printf '# %s\n' "$venv"; cat "$here/requirements.txt" "$here/requirements-build.txt"; }
up_to_date() { [ -x "$venv/bin/python" ] && [ -f "$stamp" ] && wanted | cmp -s - "$stamp"; }

up_to_date && exit 0

# One at a time. The lock is a folder (making one is atomic) that names its owner; an owner that is gone has left it behind.
waited=0
until mkdir "$lock" 2>/dev/null; do
    owner=$(cat "$lock/pid" 2>/dev/null || true)
    if [ -n "$owner" ]; then
        kill -0 "$owner" 2>/dev/null || { rm -rf "$lock"; continue; }
    elif [ "$waited" -ge 5 ]; then # it died between making the folder and naming itself
        rm -rf "$lock"
        continue
    fi
    [ "$waited" -gt 0 ] || say "another run (process ${owner:-unknown}) is making .venv: waiting for it"
    waited=$((waited + 1))
    [ "$waited" -le 600 ] || fail "$lock is still held after ten minutes: remove it if no other run is at work"
    sleep 1
done
echo $$ >"$lock/pid"
trap 'rm -rf "$lock"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

up_to_date && exit 0

command -v "$python" >/dev/null 2>&1 ||
    fail "$python is not there. Install Python 3.10 or newer (Debian, Ubuntu: apt install python3 python3-venv), or set PYTHON."
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
    fail "$("$python" --version) is too old: MiniStack needs Python 3.10 or newer. Set PYTHON to another one."
"$python" -c 'import venv, ensurepip' 2>/dev/null ||
    fail "$python has no venv module. Install it (Debian, Ubuntu: apt install python3-venv)."

say "making .venv with MiniStack and cargo-lambda (about 50 MB to download, half a minute) ..."
rm -rf "$venv"
"$python" -m venv "$venv" || fail "$python -m venv $venv failed"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --no-deps --only-binary :all: \
    --require-hashes -r "$here/requirements.txt" -r "$here/requirements-build.txt" ||
    fail "pip could not install the packages that tests/local-aws/requirements*.txt name: is the package index in reach?"
"$venv/bin/python" -c 'import cbor2, ministack.app' ||
    fail "MiniStack or cbor2 does not load in $venv: remove that folder and run this again"
wanted >"$stamp"
say ".venv is ready"
