#!/bin/sh
# Sends one event to a function of the account and prints its answer; exit status 1 when the function failed.
#
#   EVENT='{"action":"mute","until":"…","reason":"…"}' sh infra/ask.sh CONFIG toggler      make ask EVENT='…'
set -eu
# shellcheck source=infra/account.sh
. "$(dirname "$0")/account.sh"
function=$name-$1
# This AWS CLI takes the event as it is; version 2 would want --cli-binary-format raw-in-base64-out.
# One try, and as long as the function needs: an event that is sent twice is done twice.
failed=$(AWS_MAX_ATTEMPTS=1 aws lambda invoke --cli-read-timeout 0 --function-name "$function" --payload "${EVENT:-{\}}" \
    --query FunctionError --output text "$stage/answer") || fail "$function could not be asked"
"$root/.venv/bin/python" -m json.tool --no-ensure-ascii "$stage/answer"
[ "$failed" = None ] || fail "$function failed: the errorType is in the table of infra/README.md"
