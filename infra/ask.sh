#!/bin/sh
# Sends one event to a function of the account and prints its answer; exit status 1 when the function failed.
#
#   EVENT='{"action":"mute","until":"…","reason":"…"}' sh infra/ask.sh CONFIG toggler      make ask EVENT='…'
set -eu
# shellcheck source=infra/account.sh
. "$(dirname "$0")/account.sh"
# An event that is no object has no action: the toggler would set the alarms by the schedule and answer as if asked.
[ -n "${EVENT:-}" ] || fail "which event? make ask EVENT='{\"action\":\"plan\"}'; infra/README.md, Every day, has them all"
case $EVENT in
    '{'*)
        printf '%s' "$EVENT" | "$root/.venv/bin/python" -m json.tool >/dev/null || fail "EVENT is no JSON: $EVENT"
        ;;
    *) fail "EVENT is $EVENT; a JSON object is expected, such as '{\"action\":\"plan\"}'" ;;
esac
function=$name-$1
# This AWS CLI takes the event as it is; version 2 would want --cli-binary-format raw-in-base64-out. One try, and as long
# as the function needs: by default the CLI would stop listening after a minute and send the event again.
failed=$(AWS_MAX_ATTEMPTS=1 aws lambda invoke --cli-read-timeout 900 --function-name "$function" --payload "$EVENT" \
    --query FunctionError --output text "$stage/answer") ||
    fail "$function could not be asked; FUNCTION= takes toggler, enricher or bootstrapper, which make deploy puts there"
"$root/.venv/bin/python" -m json.tool --no-ensure-ascii "$stage/answer"
[ "$failed" = None ] || fail "$function failed: the errorType is in the table of infra/README.md"
