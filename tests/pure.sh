#!/bin/sh
# Four things that make waits short, and that nobody would see go.
set -eu
# The inner loop stays in seconds because these crates stay pure: no AWS SDK, no async runtime.
for crate in yakei-core filter-pattern backtest; do
    if found=$(cargo tree --locked -p "$crate" -e normal --prefix none | grep -E '^(aws|tokio|hyper|lambda)'); then
        printf '%s must stay free of SDKs and runtimes, it pulls in:\n%s\n' "$crate" "$found" >&2
        exit 1
    fi
    echo "$crate: no AWS SDK, no async runtime"
done

# The functions start lighter for it (ARCHITECTURE, "ring, not aws-lc"); tests/measure/tests/first_handshake.rs measures it.
for crate in aws-lc-rs aws-lc-sys; do
    if found=$(cargo tree --locked --workspace --target all -e all --prefix none -i "$crate" 2>/dev/null | grep .); then
        printf 'TLS is ring alone, but %s is there, for:\n%s\n' "$crate" "$found" >&2
        exit 1
    fi
done
echo 'TLS: ring, no aws-lc'

# Each of these was a tenth and more of what Lambda fetches and starts (ARCHITECTURE, "Figures: start-up"): other ways to
# credentials than the environment, chrono's tables of zones, a general matcher, HTTP/2 and the SDK's connector; and SDKs that
# neither function needs.
for function in toggler enricher; do
    tree=$(cargo tree --locked -p "$function" -e normal --prefix none)
    [ -n "$tree" ] || { echo "cargo tree lists nothing of $function" >&2; exit 1; }
    if found=$(printf '%s\n' "$tree" | grep -E '^(aws-config|aws-smithy-http-client|chrono-tz|h2|icu_properties|idna|regex|rrule|aws-sdk-(ec2|iam|s3|sso|ssooidc|ssm|sts)) '); then
        printf '%s starts heavier for:\n%s\n' "$function" "$found" >&2
        exit 1
    fi
    echo "$function: no other credentials than the environment's, no zones beside jiff's, no general matcher, no HTTP/2"
done

# No crate is compiled twice: the programs and the tests ask for each with the same features. A difference is mended in
# tests/scenarios/Cargo.toml, whose demo is one of the programs.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
crates() { # DEPENDENCIES
    cargo tree --locked --workspace -e "$1" --prefix none --format '{p} [{f}]' >"$folder/tree"
    sed 's/ (\*)$//' "$folder/tree" | sort -u
}
crates normal,build >"$folder/programs"
crates normal,build,dev >"$folder/tests"
[ -s "$folder/programs" ] || { echo 'cargo tree lists nothing' >&2; exit 1; }
if twice=$(comm -23 "$folder/programs" "$folder/tests" | grep .); then
    printf 'compiled once for the programs, and again for the tests with other features:\n%s\n' "$twice" >&2
    exit 1
fi
echo "programs and tests: the same features of each of $(wc -l <"$folder/programs" | tr -d ' ') crates"
