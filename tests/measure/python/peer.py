"""What somebody would write in Python instead: the same calls as the functions', by boto3, under AWS's own runtime client.

Clients are made at import, which is where AWS's guides put them, and the connection is opened there as the functions do.
"""
import json
import os

import boto3

TOPIC = os.environ["NOTIFY_TOPIC_ARN"]


def enricher():
    logs = boto3.client("logs")
    sns = boto3.client("sns")
    filters = logs.describe_metric_filters(logGroupName="/yakei/cloudtrail")["metricFilters"]

    def handle(event, context):
        alarm = json.loads(event["Records"][0]["Sns"]["Message"])
        people = {}
        for found in filters:
            pages = logs.get_paginator("filter_log_events").paginate(
                logGroupName=found["logGroupName"],
                filterPattern=found["filterPattern"],
                startTime=1795286400000,
                endTime=1795286700000,
            )
            for page in pages:
                for item in page["events"]:
                    record = json.loads(item["message"])
                    who = record["userIdentity"].get("userName", "?"), record["eventName"], record["sourceIPAddress"]
                    count, last = people.get(who, (0, ""))
                    people[who] = count + 1, max(last, record["eventTime"])
        lines = [f"{who} {what} from {where}, {count} times, last {last}" for (who, what, where), (count, last) in people.items()]
        sns.publish(TopicArn=TOPIC, Subject=alarm["AlarmName"][:99], Message="\n".join([alarm["NewStateReason"], *lines]))
        return {"notices": 1}

    return handle


def toggler():
    cloudwatch = boto3.client("cloudwatch")
    cloudwatch.describe_alarms(AlarmNamePrefix="yakei-", MaxRecords=1)

    def handle(event, context):
        muted = 0
        pages = cloudwatch.get_paginator("describe_alarms").paginate(AlarmNamePrefix="yakei-")
        armed = [alarm["AlarmName"] for page in pages for alarm in page["MetricAlarms"] if alarm["ActionsEnabled"]]
        for at in range(0, len(armed), 100):
            cloudwatch.disable_alarm_actions(AlarmNames=armed[at : at + 100])
            muted += len(armed[at : at + 100])
        return {"muted": muted}

    return handle


handler = {"enricher": enricher, "toggler": toggler}[os.environ["PEER"]]()
