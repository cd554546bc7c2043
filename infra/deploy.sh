#!/bin/sh
# Deploys Yakei into the account and Region that the AWS environment names: roles, queue and log groups by CloudFormation
# (template.yaml), then each function by cargo-lambda, with the config in its zip. Run it again after every change of the
# config or the code: what is right already stays as it is.
#
#   sh infra/deploy.sh CONFIG ARCH FUNCTION...      make deploy [CONFIG=infra/yakei.toml] [FUNCTIONS="toggler enricher"]
#
# Without the function bootstrapper none is made for it; `make apply` then runs from here, see README.md in this folder.
set -eu
# shellcheck source=infra/account.sh
. "$(dirname "$0")/account.sh"
arch=$1
shift
functions=$*
built=$root/target/lambda/$arch
[ -n "$functions" ] || fail "which functions? toggler, enricher, bootstrapper"
for function in $functions; do
    [ -f "$built/$function/bootstrap" ] || fail "$function is not built for $arch: make build ARCH=$arch"
done

# ---- the stack ----

stack() { # JMESPATH of what the stack says
    aws cloudformation describe-stacks --stack-name "$name" --output text --query "Stacks[0].$1"
}

# Two ways to deploy do not mix: what CloudFormation made from a bucket, it updates from one.
refuse_a_stack_with_code() {
    bucket=$(stack "Parameters[?ParameterKey=='CodeBucket'].ParameterValue | [0]" 2>/dev/null || true)
    case $bucket in
    '' | None) ;;
    *) fail "the stack $name has its functions from the bucket $bucket: update it as it was made, by CloudFormation" ;;
    esac
}

# Whether the bootstrapper's role is wanted: as long as its function is there, deployed today or not.
with_bootstrapper() {
    case " $functions " in
    *' bootstrapper '*) echo true ;;
    *) if there "$name-bootstrapper"; then echo true; else echo false; fi ;;
    esac
}

# The log group that an existing trail delivers to is where the enricher searches, unless the config names one.
log_group_of_the_trail() {
    [ -s "$stage/trail" ] && [ ! -s "$stage/log-group" ] || return 0
    arn=$(aws cloudtrail get-trail --name "$(cat "$stage/trail")" --query Trail.CloudWatchLogsLogGroupArn --output text) ||
        fail "[trail] name: the trail cannot be read"
    [ "$arn" = None ] || printf '%s\n' "$arn" | cut -d: -f7
}

deploy_stack() {
    say "account $account, Region $region: stack $name (roles, dead-letter queue, log groups)"
    bootstrapper=$(with_bootstrapper)
    log_group=$(log_group_of_the_trail)
    set -- "BootstrapperFunction=$bootstrapper"
    while IFS= read -r parameter; do
        case $parameter in LogGroup=) parameter=LogGroup=$log_group ;; esac
        set -- "$@" "$parameter"
    done <"$stage/parameters"
    aws cloudformation deploy --stack-name "$name" --template-file "$root/infra/template.yaml" \
        --parameter-overrides "$@" --capabilities CAPABILITY_NAMED_IAM \
        --tags "managed-by=$name" --no-fail-on-empty-changeset >&2 ||
        fail "CloudFormation refused; the reason: aws cloudformation describe-stack-events --stack-name $name"
}

# ---- the functions ----

# cargo-lambda writes the zip beside the binary: in a folder of this run alone, or two deployments at once from one
# checkout would each upload what the other wrote.
place() { # FUNCTION
    mkdir -p "$stage/lambda/$1"
    cp "$built/$1/bootstrap" "$stage/lambda/$1/bootstrap"
}

upload() { # FUNCTION
    set -- "$name-$1" --binary-name "$1" --region "$region" --lambda-dir "$stage/lambda" \
        --manifest-path "$root/functions/$1/Cargo.toml" --role "arn:$partition:iam::$account:role/$name-$1" \
        --tag "managed-by=$name" --env-var "NOTIFY_TOPIC_ARN=$(cat "$stage/notice-topic")" \
        --env-var "AWS_SDK_UA_APP_ID=$name-$1" # stands in CloudTrail's userAgent: Yakei's own calls can be told apart
    # What the config names travels with it, beside the binary; one flag a file.
    for file in *; do
        set -- "$@" --include "$file"
    done
    [ -z "${AWS_ENDPOINT_URL:-}" ] || set -- "$@" --endpoint-url "$AWS_ENDPOINT_URL"
    cargo lambda deploy "$@" >"$stage/said" 2>&1
}

# A role is known everywhere only some seconds after it was made; whatever else is refused ends the script.
upload_patiently() { # FUNCTION
    tries=1
    until upload "$1"; do
        grep -q 'cannot be assumed' "$stage/said" && [ "$tries" -lt 12 ] ||
            { cat "$stage/said" >&2; fail "$name-$1 was not deployed"; }
        tries=$((tries + 1))
        sleep 5
    done
}

# cargo-lambda cannot say where failed events go.
send_failed_events_to() { # QUEUE FUNCTION
    is=$(aws lambda get-function-configuration --function-name "$2" --query DeadLetterConfig.TargetArn --output text)
    [ "$is" != "$1" ] || return 0
    aws lambda wait function-updated-v2 --function-name "$2"
    aws lambda update-function-configuration --function-name "$2" --dead-letter-config "TargetArn=$1" >/dev/null
}

refuse_a_stack_with_code
deploy_stack
queue=$(stack "Outputs[?OutputKey=='DeadLettersArn'].OutputValue | [0]")
cd "$stage/zip"
for function in $functions; do
    place "$function"
    upload_patiently "$function"
    send_failed_events_to "$queue" "$name-$function"
    say "function $name-$function deployed"
done
with=
[ "$config" = infra/yakei.toml ] || with=" (each with CONFIG=$config)"
say "next$with: make plan, then make apply; confirm the mail that AWS sends to each address; make verify, make drill"
