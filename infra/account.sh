# Read by ask.sh, deploy.sh and undeploy.sh: which account, which Region, which config. Sets root, stage, name, account,
# region. Run by itself (`make deploy`, before the long build) it only says what is wrong with them.
# shellcheck shell=sh disable=SC2034 # what is set here is read where it is sourced

say() { printf '%s\n' "$*" >&2; }
fail() { say "error: $*"; exit 1; }

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
PATH=$root/.venv/bin:$PATH
export AWS_PAGER=''

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
reader=${CARGO_TARGET_DIR:-$root/target}/debug/examples/stack
[ -x "$reader" ] || say "compiling the config's reader (once; a minute) ..."
(cd "$root" && cargo build --locked --quiet -p yakei-core --example stack) || fail "the config's reader does not compile"
"$reader" "$config" "$partition" "$account" "$region" "$stage" ||
    fail "nothing was touched: mend the config and run this again"
# Also the name of the stack.
name=$(cat "$stage/name")
