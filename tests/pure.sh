#!/bin/sh
# The inner loop stays in seconds because these crates stay pure: no AWS SDK, no async runtime.
set -eu
for crate in yakei-core filter-pattern; do
    if found=$(cargo tree --locked -p "$crate" -e normal --prefix none | grep -E '^(aws|tokio|hyper|lambda)'); then
        printf '%s must stay free of SDKs and runtimes, it pulls in:\n%s\n' "$crate" "$found" >&2
        exit 1
    fi
    echo "$crate: no AWS SDK, no async runtime"
done
