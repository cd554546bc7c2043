#!/bin/sh
# Takes Yakei out of the account: first what the bootstrapper made (destroy), then the functions, then their stack.
# The trail's bucket and log group stay, with every log in them. In a terminal it asks for the name first.
#
#   sh infra/undeploy.sh CONFIG BOOTSTRAPPER [ARGUMENT...]      make undeploy
set -eu
# shellcheck source=infra/account.sh
. "$(dirname "$0")/account.sh"

say "account $account, Region $region: removes everything of $name; the trail's bucket and log group stay"
if [ -t 0 ]; then
    printf 'type %s to go on: ' "$name" >&2
    read -r answer
    [ "$answer" = "$name" ] || fail "nothing was touched"
fi

# The watch first: what is left when this fails can be removed by the next run.
(cd "$root" && YAKEI_CONFIG="$stage/zip/yakei.toml" "$@" "{\"action\":\"destroy\",\"confirm\":\"$name\"}") >"$stage/said" ||
    fail "not everything could be removed; mend what is said above and run this again"
for function in toggler enricher bootstrapper; do
    if aws lambda get-function-configuration --function-name "$name-$function" >/dev/null 2>&1; then
        aws lambda delete-function --function-name "$name-$function" >/dev/null
        say "function $name-$function removed"
    fi
done
aws cloudformation delete-stack --stack-name "$name"
aws cloudformation wait stack-delete-complete --stack-name "$name"
say "stack $name is gone; what stays: the trail's bucket and log group"
