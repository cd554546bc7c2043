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
failed=$(invoke "$function" "$EVENT") ||
    fail "$function could not be asked; FUNCTION= takes toggler, enricher or bootstrapper, which make deploy puts there"
"$root/.venv/bin/python" -m json.tool --no-ensure-ascii "$stage/answer"
[ "$failed" = None ] || fail "$function failed: the errorType is in the table of infra/README.md"
