#!/bin/sh
# Takes Yakei out of the account: every alarm is armed, then goes what the bootstrapper made (destroy), then the
# functions, then their stack.
# The trail's buckets and log group stay, with every log in them.
#
#   sh infra/undeploy.sh CONFIG      make undeploy
set -eu
# shellcheck source=infra/account.sh
. "$(dirname "$0")/account.sh"

say "account $account, Region $region: removes everything of $name; the trail's buckets and log group stay"
case ${AWS_ENDPOINT_URL:-} in
http://127.* | http://localhost*) ;; # an account on this machine is not missed
*)
    answer=${CONFIRM:-}
    if [ -z "$answer" ] && [ -t 0 ]; then
        printf 'type %s to go on: ' "$name" >&2
        read -r answer
    fi
    [ "$answer" = "$name" ] || fail "nothing was touched; where nobody can be asked: make undeploy CONFIRM=$name"
    ;;
esac

# Alarms of other names that a schedule mutes would stay muted with nobody left to arm them.
if there "$name-toggler"; then
    said=$(invoke "$name-toggler" '{"action":"arm","reason":"undeploy"}')
    [ "$said" = None ] || { cat "$stage/answer" >&2; fail "the toggler cannot arm the alarms, nothing was removed; make deploy mends it, then run this again"; }
fi
# The watch first: what is left when this fails can be removed by the next run.
YAKEI_CONFIG="$stage/zip/yakei.toml" "$root/.venv/bin/python" "$root/infra/as_me.py" "$root/target/debug/bootstrapper" \
    "{\"action\":\"destroy\",\"confirm\":\"$name\"}" >"$stage/said" ||
    fail "not everything could be removed; mend what is said above and run this again"
aws cloudwatch delete-alarms --alarm-names "$name-hold"
for function in toggler enricher bootstrapper; do
    if there "$name-$function"; then
        aws lambda delete-function --function-name "$name-$function" >/dev/null
        say "function $name-$function removed"
    fi
done
aws cloudformation delete-stack --stack-name "$name"
aws cloudformation wait stack-delete-complete --stack-name "$name"
say "stack $name is gone; what stays: the trail's buckets and log group"
