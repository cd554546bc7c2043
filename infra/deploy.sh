#!/bin/sh
# Deploys Yakei into the account and Region that the AWS environment names: roles, queue and log groups by CloudFormation
# (template.yaml), then each function by cargo-lambda, with the config in its zip. Run it again after every change of the
# config or the code: what is right already stays as it is.
#
#   sh infra/deploy.sh CONFIG FUNCTION...      make deploy [CONFIG=infra/yakei.toml] [FUNCTIONS="toggler enricher"]
#
# Without the function bootstrapper none is made for it; `make apply` then runs from here, see README.md in this folder.
set -eu
# shellcheck source=infra/account.sh
. "$(dirname "$0")/account.sh"
[ $# -gt 0 ] || fail "which functions? toggler, enricher, bootstrapper"

for function; do
    [ -f "$root/target/lambda/$function/bootstrap" ] || fail "$function is not built: make build"
done
# Its role stays as long as the function does, whether it is deployed today or not.
case " $* " in *' bootstrapper '*) bootstrapper=true ;; *) if there "$name-bootstrapper"; then bootstrapper=true; else bootstrapper=false; fi ;; esac
code=$(aws cloudformation describe-stacks --stack-name "$name" --output text \
    --query "Stacks[0].Parameters[?ParameterKey=='CodeBucket'].ParameterValue | [0]" 2>/dev/null || true)
case $code in '' | None) ;; *) fail "the stack $name has its functions from the bucket $code: update it as it was made, by CloudFormation" ;; esac
# The log group of a trail that exists already is where the enricher searches.
log_group=
if [ -s "$stage/trail" ] && [ ! -s "$stage/log-group" ]; then
    arn=$(aws cloudtrail get-trail --name "$(cat "$stage/trail")" --query Trail.CloudWatchLogsLogGroupArn --output text) ||
        fail "[trail] name: the trail cannot be read"
    log_group=$(printf '%s\n' "$arn" | cut -d: -f7)
    [ "$arn" != None ] || log_group=
fi

say "account $account, Region $region: stack $name (roles, dead-letter queue, log groups)"
functions=$*
set -- "BootstrapperFunction=$bootstrapper"
while IFS= read -r parameter; do
    case $parameter in LogGroup=) parameter=LogGroup=$log_group ;; esac
    set -- "$@" "$parameter"
done <"$stage/parameters"
aws cloudformation deploy --stack-name "$name" --template-file "$root/infra/template.yaml" \
    --parameter-overrides "$@" --capabilities CAPABILITY_NAMED_IAM \
    --tags "managed-by=$name" --no-fail-on-empty-changeset >&2 ||
    fail "CloudFormation refused; the reason: aws cloudformation describe-stack-events --stack-name $name"
queue=$(aws cloudformation describe-stacks --stack-name "$name" --output text \
    --query "Stacks[0].Outputs[?OutputKey=='DeadLettersArn'].OutputValue | [0]")

# shellcheck disable=SC2086 # names without spaces
set -- $functions
cd "$stage/zip"

upload() { # FUNCTION
    set -- "$1" "$name-$1" --binary-name "$1" --region "$region" --lambda-dir "$root/target/lambda" \
        --manifest-path "$root/functions/$1/Cargo.toml" --role "arn:$partition:iam::$account:role/$name-$1" \
        --tag "managed-by=$name"
    function=$1
    shift
    # What the config names travels with it, beside the binary; one flag a file.
    for file in *; do
        set -- "$@" --include "$file"
    done
    [ -z "${AWS_ENDPOINT_URL:-}" ] || set -- "$@" --endpoint-url "$AWS_ENDPOINT_URL"
    # The last is the app id in CloudTrail's userAgent, by which Yakei's own calls can be told apart.
    set -- "$@" --env-var "NOTIFY_TOPIC_ARN=$(cat "$stage/notice-topic")" --env-var "AWS_SDK_UA_APP_ID=$name-$function"
    cargo lambda deploy "$@" >"$stage/said" 2>&1
}

for function; do
    tries=1
    until upload "$function"; do
        # A role is known everywhere only some seconds after it was made.
        { grep -q 'cannot be assumed' "$stage/said" && [ "$tries" -lt 12 ]; } ||
            { cat "$stage/said" >&2; fail "$name-$function was not deployed"; }
        tries=$((tries + 1))
        sleep 5
    done
    set_to=$(aws lambda get-function-configuration --function-name "$name-$function" \
        --query DeadLetterConfig.TargetArn --output text)
    if [ "$set_to" != "$queue" ]; then
        aws lambda wait function-updated-v2 --function-name "$name-$function"
        aws lambda update-function-configuration --function-name "$name-$function" \
            --dead-letter-config "TargetArn=$queue" >/dev/null
    fi
    say "function $name-$function deployed"
done
with=
[ "$config" = infra/yakei.toml ] || with=" (each with CONFIG=$config)"
say "next$with: make plan, then make apply; confirm the mail that AWS sends to each address; make verify, make drill"
