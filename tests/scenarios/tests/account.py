"""Prints everything that Yakei can make in an account of the local AWS as one JSON document, the same for the same account:
without times and generated ids, lists in order. It asks AWS's own Python SDK, so it shares nothing with what it checks.

Environment: AWS_ENDPOINT_URL, AWS_REGION and credentials.
"""

import datetime
import json
import re

from botocore.exceptions import ClientError
from botocore.session import get_session

GENERATED = {"ResponseMetadata", "RoleId", "creationTime", "storedBytes", "RevisionId"}
# What becomes of an alarm is up to its data.
GENERATED |= {"StateValue", "StateReason", "StateReasonData"}
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def plain(value):
    """What stays the same from one making to the next."""
    if isinstance(value, dict):
        kept = {k: plain(v) for k, v in value.items() if k not in GENERATED and not when(k, v)}
        return dict(sorted(kept.items()))
    if isinstance(value, (list, tuple)):
        return sorted((plain(v) for v in value), key=lambda v: json.dumps(v, sort_keys=True))
    return UUID.sub("(generated)", value) if isinstance(value, str) else value


def when(key, value):
    return isinstance(value, datetime.datetime) or (key.startswith(("Time", "Latest", "Start", "Stop")) and value)


session = get_session()
clients = {}


def ask(service, operation, **arguments):
    """An answer, or the code of the error."""
    client = clients.setdefault(service, None) or session.create_client(service)
    clients[service] = client
    try:
        return getattr(client, operation)(**arguments)
    except ClientError as error:
        return {"error": error.response["Error"]["Code"]}


def trails():
    for trail in ask("cloudtrail", "describe_trails", includeShadowTrails=False)["trailList"]:
        arn = trail["TrailARN"]
        status = ask("cloudtrail", "get_trail_status", Name=arn)["IsLogging"]
        selectors = ask("cloudtrail", "get_event_selectors", TrailName=arn)
        yield trail, status, selectors, ask("cloudtrail", "list_tags", ResourceIdList=[arn])


def log_groups():
    for group in ask("logs", "describe_log_groups")["logGroups"]:
        arn = group["arn"].removesuffix(":*")
        yield group, ask("logs", "list_tags_for_resource", resourceArn=arn)


def alarms():
    found = ask("cloudwatch", "describe_alarms", AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    for alarm in found["MetricAlarms"] + found["CompositeAlarms"]:
        yield alarm, ask("cloudwatch", "list_tags_for_resource", ResourceARN=alarm["AlarmArn"])


def topics():
    for topic in ask("sns", "list_topics")["Topics"]:
        arn = topic["TopicArn"]
        subscribed = ask("sns", "list_subscriptions_by_topic", TopicArn=arn)["Subscriptions"]
        arns = [s["SubscriptionArn"] for s in subscribed if s["SubscriptionArn"].startswith("arn:")]
        each = [ask("sns", "get_subscription_attributes", SubscriptionArn=arn) for arn in arns]
        tags = ask("sns", "list_tags_for_resource", ResourceArn=arn)
        yield ask("sns", "get_topic_attributes", TopicArn=arn), tags, subscribed, each


def buckets():
    parts = ["policy", "tagging", "encryption", "versioning", "lifecycle_configuration"]
    for bucket in ask("s3", "list_buckets")["Buckets"]:
        name = bucket["Name"]
        settings = [ask("s3", f"get_bucket_{part}", Bucket=name) for part in parts]
        yield name, settings, ask("s3", "get_public_access_block", Bucket=name)


def roles():
    for role in ask("iam", "list_roles")["Roles"]:
        name = role["RoleName"]
        policies = ask("iam", "list_role_policies", RoleName=name)["PolicyNames"]
        documents = [ask("iam", "get_role_policy", RoleName=name, PolicyName=policy) for policy in policies]
        yield ask("iam", "get_role", RoleName=name), documents


def functions():
    for function in ask("lambda", "list_functions")["Functions"]:
        name = function["FunctionName"]
        policy = ask("lambda", "get_policy", FunctionName=name)
        yield name, json.loads(policy["Policy"]) if "Policy" in policy else policy


def schedules():
    for group in ask("scheduler", "list_schedule_groups")["ScheduleGroups"]:
        yield group, ask("scheduler", "list_tags_for_resource", ResourceArn=group["Arn"])
    for schedule in ask("scheduler", "list_schedules")["Schedules"]:
        yield ask("scheduler", "get_schedule", GroupName=schedule["GroupName"], Name=schedule["Name"])


account = {
    "alarms": alarms(),
    "buckets": buckets(),
    "functions": functions(),
    "log groups": log_groups(),
    "metric filters": ask("logs", "describe_metric_filters")["metricFilters"],
    "roles": roles(),
    "schedules": schedules(),
    "topics": topics(),
    "trails": trails(),
}
print(json.dumps({part: plain(list(things)) for part, things in account.items()}, indent=1, default=str))
