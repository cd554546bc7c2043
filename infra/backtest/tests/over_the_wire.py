"""Asks an AWS over the wire which messages patterns match, as whoever sets a filter up and as the enricher do.

Standard input is JSON: `endpoint`, `patterns`, `messages`, all different. Standard output is JSON, by pattern the numbers of
the messages that match: `tested` by TestMetricFilter, fifty messages a call; `found` by FilterLogEvents over a log group that
holds them, page by page.
"""

import http.client
import json
import sys
import time

asked = json.load(sys.stdin)
patterns, messages = asked["patterns"], asked["messages"]
connection = http.client.HTTPConnection(asked["endpoint"].removeprefix("http://"))
SIGNED = "AWS4-HMAC-SHA256 Credential=test/20261125/eu-west-1/logs/aws4_request, SignedHeaders=host, Signature=0"


def call(operation, **parameters):
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"Logs_20140328.{operation}", "Authorization": SIGNED}
    connection.request("POST", "/", json.dumps(parameters).encode(), headers)
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 200:
        sys.exit(f"{operation} {parameters.get('filterPattern', '')}: {answer.status} {text.decode()}")
    return json.loads(text or b"{}")


def tested(pattern):
    for first in range(0, len(messages), 50):
        matches = call("TestMetricFilter", filterPattern=pattern, logEventMessages=messages[first:first + 50])["matches"]
        yield from (first + match["eventNumber"] - 1 for match in matches)


def found(pattern):
    page = call("FilterLogEvents", **names, filterPattern=pattern)
    while True:
        yield from (places[event["message"]] for event in page["events"])
        if "nextToken" not in page:
            return
        page = call("FilterLogEvents", **names, filterPattern=pattern, nextToken=page["nextToken"])


names = {"logGroupName": "equal"}
places = {message: place for place, message in enumerate(messages)}
assert len(places) == len(messages), "two messages are alike"
call("CreateLogGroup", **names)
call("CreateLogStream", **names, logStreamName="s")
now = int(time.time() * 1000)
for first in range(0, len(messages), 500):
    events = [{"timestamp": now + place, "message": message} for message, place in list(places.items())[first:first + 500]]
    call("PutLogEvents", **names, logStreamName="s", logEvents=events)
json.dump({"tested": [sorted(tested(it)) for it in patterns], "found": [sorted(found(it)) for it in patterns]}, sys.stdout)
