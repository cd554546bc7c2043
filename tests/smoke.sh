#!/bin/sh
# Runs each function of target/lambda/ARCH once: an event from a stub of the Lambda Runtime API, with the local AWS as its
# account. What is built for another machine than this runs under qemu-user.
#
#   sh tests/smoke.sh arm64|x86-64|host      make smoke [ARCH=arm64]
set -eu
cd "$(dirname "$0")/.."
case $1 in
host) processor=$(uname -m) ;;
arm64) processor=aarch64 ;;
*) processor=x86_64 ;;
esac
this=$(uname -m)
[ "$this" != arm64 ] || this=aarch64
EMULATOR=
if [ "$processor" != "$this" ]; then
    EMULATOR=$(command -v "qemu-$processor" || command -v "qemu-$processor-static") || {
        echo "error: this machine is no $processor: install qemu-user (Debian: qemu-user libc6-arm64-cross)" >&2
        exit 1
    }
    libraries=/usr/$processor-linux-gnu
    [ -d "$libraries/lib" ] || {
        echo "error: there is no C library of $processor in $libraries (Debian: libc6-arm64-cross)" >&2
        exit 1
    }
    EMULATOR="$EMULATOR -L $libraries"
fi
export EMULATOR BOOTSTRAPS="target/lambda/$1"
echo "== running $BOOTSTRAPS/*/bootstrap ${EMULATOR:+by $EMULATOR}"
exec cargo test --locked --workspace --test runtime -- --nocapture
