#!/bin/sh
# Opens the page of `make backtest` in a real browser, headless, and looks at what it shows (check.py).
# Needs Chromium or Chrome (CHROMIUM=program names another); installs what drives it into .tools/page, pinned with hashes.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/../.." && pwd)
venv=$root/.tools/page

if [ -z "${CHROMIUM:-}" ]; then
    for program in chromium chromium-browser google-chrome google-chrome-stable; do
        CHROMIUM=$(command -v "$program") && break
    done
fi
[ -n "${CHROMIUM:-}" ] || {
    echo "page: no browser: install Chromium (Debian: apt-get install chromium), or name one by CHROMIUM=" >&2
    exit 1
}
export CHROMIUM

if ! cmp -s "$here/requirements.txt" "$venv/.requirements"; then
    printf 'installing what drives the browser into .tools/page (once) ...\n' >&2
    rm -rf "$venv"
    mkdir -p "$root/.tools"
    "${PYTHON:-python3}" -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --only-binary :all: --require-hashes \
        -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$venv/.requirements"
fi
cd "$root"
exec "$venv/bin/python" "$here/check.py"
