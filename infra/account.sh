# Read by ask.sh, deploy.sh and undeploy.sh: what identity.sh knows, and what the config says of the account. Sets name
# and stage, a folder with what infra/stack writes there. Run by itself (`make deploy`, before the long build) it only says
# what is wrong with the config.
# shellcheck shell=sh disable=SC2034 # what is set here is read where it is sourced
# shellcheck source=infra/identity.sh
. "$(dirname "$0")/identity.sh"

[ -x "$root/target/debug/stack" ] || fail "nothing is compiled yet: run this by make, which does it"
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
"$root/target/debug/stack" "$config" "$partition" "$account" "$region" "$stage" ||
    fail "nothing was touched: mend the config and run this again"
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
