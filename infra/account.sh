# Read by ask.sh, deploy.sh and undeploy.sh: which account, which Region, which config. Sets root, stage, name, account,
# region. Run by itself (`make deploy`, before the long build) it only says what is wrong with them.
# shellcheck shell=sh disable=SC2034 # what is set here is read where it is sourced

say() { printf '%s\n' "$*" >&2; }
fail() { say "error: $*"; exit 1; }

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
PATH=$root/.venv/bin:$PATH
# Whatever the person's own settings are: answers are read by programs, files are found where make puts them, and
# Lambda's user can read what is in a zip.
export AWS_PAGER='' AWS_DEFAULT_OUTPUT=json CARGO_TARGET_DIR="$root/target"
umask 022

config=$1
shift
[ -r "$config" ] || fail "there is no config file $config: name one with CONFIG=file"

region=${AWS_REGION:-${AWS_DEFAULT_REGION:-$(aws configure get region || true)}}
[ -n "$region" ] || fail "no AWS Region is set: set AWS_REGION to the home Region of the watch"
# The SDKs read the one, this AWS CLI the other.
export AWS_REGION="$region" AWS_DEFAULT_REGION="$region"

identity=$(aws sts get-caller-identity --query '[Account, Arn]' --output text) ||
    fail "AWS does not know who is asking; set AWS_PROFILE, or sign in first (what AWS answered stands above)"
account=$(printf '%s\n' "$identity" | cut -f1)
partition=$(printf '%s\n' "$identity" | cut -f2 | cut -d: -f2)

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
[ -x "$CARGO_TARGET_DIR/debug/examples/stack" ] || say "compiling the config's reader (once; a minute) ..."
cargo run --locked --quiet --manifest-path "$root/Cargo.toml" -p yakei-core --example stack -- \
    "$config" "$partition" "$account" "$region" "$stage" || fail "nothing was touched: mend the config and run this again"
# Also the name of the stack.
name=$(cat "$stage/name")

# Invokes a function, leaves its answer in $stage/answer and prints its error, None when it has none. One try, and as
# long as a function may run: by default the CLI would stop listening after a minute and send the event again. This AWS
# CLI takes the event as it is; version 2 would want --cli-binary-format raw-in-base64-out.
invoke() { # FUNCTION EVENT
    AWS_MAX_ATTEMPTS=1 aws lambda invoke --cli-read-timeout 900 --function-name "$1" --payload "$2" \
        --query FunctionError --output text "$stage/answer"
}

# Whether a function is there; whatever else AWS says about it than yes or no ends the script.
there() { # FUNCTION
    aws lambda get-function-configuration --function-name "$1" >/dev/null 2>"$stage/said" && return
    grep -q ResourceNotFoundException "$stage/said" || { cat "$stage/said" >&2; fail "$1 cannot be looked at"; }
    return 1
}
