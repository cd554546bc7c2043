# Read by account.sh: which config, which Region, which account. Sets root, config, region, account, partition. Run by
# itself (`make deploy`, before anything is compiled) it only says what is wrong with them.
# shellcheck shell=sh disable=SC2034 # what is set here is read where it is sourced

say() { printf '%s\n' "$*" >&2; }
fail() { say "error: $*"; exit 1; }

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
PATH=$root/.venv/bin:$PATH
# Whatever the person's own settings are: answers are read by programs, and Lambda's user can read what is in a zip.
export AWS_PAGER='' AWS_DEFAULT_OUTPUT=json
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
