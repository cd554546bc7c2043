#!/bin/sh
# Makes of a program what a zip holds: without the debugging information, which only makes the upload slow. Where there is
# no strip, with it.
#
#   sh tests/local-aws/bootstrap.sh PROGRAM BOOTSTRAP
set -eu
program=$1
bootstrap=$2
[ "$bootstrap" -nt "$program" ] && exit 0
mkdir -p "$(dirname -- "$bootstrap")"
# Another process may be reading the old one: it is replaced, never written over.
strip -o "$bootstrap.new" "$program" 2>/dev/null || cp "$program" "$bootstrap.new"
mv "$bootstrap.new" "$bootstrap"
