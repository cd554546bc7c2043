"""CloudWatch alarms as AWS evaluates them and tells of them.

MiniStack compares the sum of all recent data with the threshold, never goes back when the data ages, and sends half a
message. This replaces its evaluation, its history entries, its messages and its answers in the Query protocol. Sources:
"How CloudWatch alarms evaluate missing data" in the CloudWatch user guide (both tables), and messages as AWS sent them.

Added is the embedded metric format: lines of a function's log become metrics. What differs from AWS on purpose: an alarm does
not wait until its period has ended, so that nobody waits for a minute, and time can be told to pass (`AgeData`). Where
all time is told (`TIME=told`), an alarm that is new stays new until then, however slow the machine is.
"""

import json
import os
import time
from datetime import datetime, timezone
from importlib.resources import files
from types import SimpleNamespace
from xml.sax.saxutils import escape

from ministack.core.responses import get_account_id, get_region, new_uuid, request_scope
from ministack.services import cloudwatch, lambda_svc, sns, tagging

MINUTE = 60
TOLD = os.environ.get("TIME") == "told"
# CloudWatch looks at more periods than it needs, for data that comes late: five for three.
MORE_PERIODS = 2
# `StateReason` names at most so many datapoints, the newest.
NAMED = 5
CREATED = "Unchecked: Initial alarm creation"
# Beside the operations of AWS, for the gateway alone.
EVALUATE, AGE = "EvaluateAlarms", "AgeData"

OPERATORS = {
    "GreaterThanOrEqualToThreshold": ("greater than or equal to", lambda value, threshold: value >= threshold),
    "GreaterThanThreshold": ("greater than", lambda value, threshold: value > threshold),
    "LessThanOrEqualToThreshold": ("less than or equal to", lambda value, threshold: value <= threshold),
    "LessThanThreshold": ("less than", lambda value, threshold: value < threshold),
}
ACTIONS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}
TREATED = {"breaching": "Breaching", "notBreaching": "NonBreaching"}

describe_alarms = cloudwatch._describe_alarms
describe_alarm_history = cloudwatch._describe_alarm_history
put_metric_alarm = cloudwatch._put_metric_alarm
handle_request = cloudwatch.handle_request
emit_lambda_logs = lambda_svc._emit_lambda_logs


def stamp(seconds):
    """A time as CloudWatch writes it into messages: 2026-11-25T12:00:00.000+0000."""
    return datetime.fromtimestamp(seconds, tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"


# ---- evaluation ----


def evaluation_range(alarm, now):
    """The periods that an evaluation looks at, newest first. Those of a minute or longer slide by the minute."""
    length = int(alarm["Period"])
    step = min(length, MINUTE)
    end = now // step * step + step
    dimensions = cloudwatch._dims_key(cloudwatch._dims_from_list(alarm.get("Dimensions") or []))
    points = cloudwatch._metrics.get((alarm["Namespace"], alarm["MetricName"], dimensions)) or []
    unit = alarm.get("Unit")
    points = [point for point in points if not unit or point["Unit"] == unit]
    statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
    count = int(alarm["EvaluationPeriods"]) + MORE_PERIODS
    for number in range(1, count + 1):
        start = end - number * length
        inside = [point for point in points if start <= point["Timestamp"] < start + length]
        # What is aged is seen no more; data that joins it in the same period brings it back, as the period has one value.
        fresh = any(point["Timestamp"] - point.get("aged", 0) >= end - count * length for point in inside)
        seen = inside if fresh else []
        stats = cloudwatch._calc_stats(seen)
        value = cloudwatch._stat_value(stats, statistic, seen) if stats else None
        yield SimpleNamespace(start=start, value=value, samples=stats.get("SampleCount"))


def decide(alarm, now):
    """The state that the data asks for (None: as it is), the datapoints that decided, newest first, and how many of the
    wanted ones were missing."""
    wanted = int(alarm["EvaluationPeriods"])
    needed = int(alarm.get("DatapointsToAlarm") or wanted)
    treat = alarm.get("TreatMissingData") or "missing"
    periods = list(evaluation_range(alarm, now))
    real = [period for period in periods if period.value is not None][:wanted]
    missing = wanted - len(real)
    _, breaches = OPERATORS[alarm["ComparisonOperator"]]
    breaching = [period for period in real if breaches(period.value, alarm["Threshold"])]
    quiet = [period for period in real if period not in breaching]

    if len(breaching) + (missing if treat == "breaching" else 0) >= needed:
        return "ALARM", breaching, missing
    if not missing or treat in TREATED:
        return "OK", quiet, missing
    if not real:
        return (None if treat == "ignore" else "INSUFFICIENT_DATA"), [], missing
    if quiet:
        return "OK", quiet, missing
    # All that came breaches, but less came than the alarm wants.
    old_enough = periods.index(breaching[-1]) + 1 >= needed
    return ("ALARM" if old_enough and treat == "missing" else None), breaching, missing


def plural(count, word):
    return f"{count} {word}" + ("" if count == 1 else "s")


def reason(alarm, state, decisive, missing):
    """`StateReason` in AWS's words."""
    if state == "INSUFFICIENT_DATA":
        return f"Insufficient Data: {plural(missing, 'datapoint')} {'was' if missing == 1 else 'were'} unknown."
    treated = TREATED.get(alarm.get("TreatMissingData"))
    filled = f"{plural(missing, 'missing datapoint')} {'was' if missing == 1 else 'were'} treated as [{treated}]"
    if not decisive:
        return f"Threshold Crossed: no datapoints were received for {plural(missing, 'period')} and {filled}."
    words, _ = OPERATORS[alarm["ComparisonOperator"]]
    named = ", ".join(
        f"{point.value} ({datetime.fromtimestamp(point.start, tz=timezone.utc):%d/%m/%y %H:%M:%S})"
        for point in decisive[:NAMED]
    )
    count, evaluated = len(decisive), int(alarm["EvaluationPeriods"])
    of_many = alarm.get("DatapointsToAlarm")
    who = f"{count} out of the last {plural(evaluated, 'datapoint')}" if of_many else plural(count, "datapoint")
    if of_many and evaluated == 1:
        who += "s"  # AWS: "1 out of the last 1 datapoints"
    verb = ("was" if count == 1 else "were") + ("" if state == "ALARM" else " not")
    crossed = f"{verb} {words} the threshold ({float(alarm['Threshold'])})"
    if count < NAMED:
        text = f"{who} [{named}] {crossed}"
    else:
        text = f"{who} {crossed}. The most recent datapoints which crossed the threshold: [{named}]"
    if missing and treated and state == ("ALARM" if treated == "Breaching" else "OK"):
        text += f" and {filled}"
    if of_many:
        least = int(of_many) if state == "ALARM" else evaluated - int(of_many) + 1
        change = "OK -> ALARM" if state == "ALARM" else "ALARM -> OK"
        text += f" (minimum {plural(least, 'datapoint')} for {change} transition)"
    return f"Threshold Crossed: {text}."


def reason_data(alarm, decisive, missing, now):
    """`StateReasonData`: every datapoint that decided, while the reason names the newest five at most."""
    data = {"version": "1.0", "queryDate": stamp(now)}
    if decisive:
        data["startDate"] = stamp(decisive[-1].start)
        evaluated = [
            {"timestamp": stamp(point.start), "sampleCount": point.samples, "value": point.value} for point in decisive
        ]
    else:
        starts = [period.start for period in evaluation_range(alarm, now)][:missing]
        evaluated = [{"timestamp": stamp(start)} for start in starts]
    if alarm.get("Unit"):
        data["unit"] = alarm["Unit"]
    data["statistic"] = alarm.get("ExtendedStatistic") or alarm.get("Statistic")
    data["period"] = int(alarm["Period"])
    data["recentDatapoints"] = [point.value for point in reversed(decisive)]
    data["threshold"] = float(alarm["Threshold"])
    return {**data, "evaluatedDatapoints": evaluated}


def keep_warm_up(params, data, is_cbor, is_json=False):
    """MiniStack drops this part of an alarm."""
    answer = put_metric_alarm(params, data, is_cbor, is_json)
    if (is_cbor or is_json) and answer[0] == 200 and data.get("WarmUpConfiguration"):
        cloudwatch._alarms[data["AlarmName"]]["WarmUpConfiguration"] = data["WarmUpConfiguration"]
    return answer


def is_new(alarm, now):
    """Whether it may still wait for its first data: for a minute, or as long as it asks for."""
    warm_up = (alarm.get("WarmUpConfiguration") or {}).get("WarmUpPeriodDurationInMinutes", 1)
    age = 0 if TOLD else now - alarm["AlarmConfigurationUpdatedTimestamp"]
    return alarm["StateReason"] == CREATED and age < warm_up * MINUTE


def evaluate(alarm, patient=True):
    """Changes the alarm's state where its data asks for it. A new alarm that has no data is left alone."""
    # Metric math, anomaly detection and metrics of elsewhere are not evaluated.
    if not (alarm.get("Namespace") and alarm.get("MetricName")) or alarm.get("ComparisonOperator") not in OPERATORS:
        return
    now = time.time()
    state, decisive, missing = decide(alarm, now)
    if patient and is_new(alarm, now) and not decisive:
        return
    if state and state != alarm["StateValue"]:
        change(alarm, state, reason(alarm, state, decisive, missing), reason_data(alarm, decisive, missing, now))


def evaluate_all(patient=True):
    """Evaluates the alarms of one account and Region."""
    for alarm in cloudwatch._alarms.values():
        try:
            evaluate(alarm, patient)
        except Exception:
            cloudwatch.logger.exception("evaluating %s", alarm.get("AlarmName"))


def evaluate_everywhere(patient=True):
    for account, region in {key[:2] for key in list(cloudwatch._alarms._data)}:
        with request_scope(account, region):
            evaluate_all(patient)


def age_data(seconds):
    """To the alarms all data so far is so much older than it says."""
    for points in list(cloudwatch._metrics._data.values()):
        for point in points:
            point["aged"] = point.get("aged", 0) + seconds


def embedded_metrics(line):
    """The datapoints in a line of a log (CloudWatch user guide, "Specification: Embedded metric format")."""
    try:
        told = json.loads(line)
        for directive in told["_aws"]["CloudWatchMetrics"]:
            for keys in directive["Dimensions"]:
                dimensions = {key: str(told[key]) for key in keys}
                for metric in directive["Metrics"]:
                    at, unit = told["_aws"]["Timestamp"] / 1000, metric.get("Unit", "None")
                    values = told[metric["Name"]]
                    for value in values if isinstance(values, list) else [values]:
                        yield directive["Namespace"], metric["Name"], dimensions, at, unit, float(value)
    except (KeyError, TypeError, ValueError):
        return  # an ordinary line


def keep_logs(function, request_id, text, error, duration_ms, **rest):
    emit_lambda_logs(function, request_id, text, error, duration_ms, **rest)
    for line in (text or "").splitlines():
        for datapoint in embedded_metrics(line) if '"_aws"' in line else ():
            cloudwatch._store_datum(*datapoint, None, None, None)


# ---- a change of state: history, actions, composites above ----


def change(alarm, state, why, data=None):
    composite = "AlarmRule" in alarm
    old = {key: alarm.get(key) for key in ("StateValue", "StateReason", "StateReasonData")}
    alarm["StateValue"], alarm["StateReason"] = state, why
    alarm.pop("StateReasonData", None)
    if data is not None:
        alarm["StateReasonData"] = json.dumps(data, separators=(",", ":"))
    alarm["StateUpdatedTimestamp"] = alarm["StateTransitionedTimestamp"] = time.time()
    if composite:
        cloudwatch._composite_triggers.pop(alarm["AlarmName"], None)
    kind = "CompositeAlarm" if composite else "MetricAlarm"
    record_history(alarm["AlarmName"], old["StateValue"], state, why, kind, data, old)
    tell(alarm, old["StateValue"], state, why)
    cloudwatch._evaluate_parent_alarms(alarm)


def record_history(name, old_state, state, why, kind="MetricAlarm", data=None, old=None):
    created = why == CREATED
    entry = {
        "AlarmName": name,
        "AlarmType": kind,
        "Timestamp": stamp(time.time()),
        "HistoryItemType": "ConfigurationUpdate" if created else "StateUpdate",
        "HistorySummary": f'Alarm "{name}" created' if created else f"Alarm updated from {old_state} to {state}",
    }
    before = {"stateValue": old_state}
    if old:
        before["stateReason"] = old["StateReason"]
        before |= {"stateReasonData": json.loads(old["StateReasonData"])} if old["StateReasonData"] else {}
    after = {"stateValue": state, "stateReason": why} | ({"stateReasonData": data} if data is not None else {})
    told = {"version": "1.0", "type": "Create"} if created else {"version": "1.0", "oldState": before, "newState": after}
    entry["HistoryData"] = json.dumps(told, separators=(",", ":"))
    cloudwatch._history_entries().append(entry)


def region_name():
    partitions = json.loads(files("botocore").joinpath("data/partitions.json").read_text())["partitions"]
    names = {code: region.get("description") for partition in partitions for code, region in partition["regions"].items()}
    return names.get(get_region()) or get_region()


def message(alarm, old_state, state, why):
    """The body that CloudWatch publishes, its fields in AWS's order."""
    return {
        "AlarmName": alarm["AlarmName"],
        "AlarmDescription": alarm.get("AlarmDescription") or None,
        "AWSAccountId": get_account_id(),
        "AlarmConfigurationUpdatedTimestamp": stamp(alarm["AlarmConfigurationUpdatedTimestamp"]),
        "NewStateValue": state,
        "NewStateReason": why,
        "StateChangeTime": stamp(alarm["StateUpdatedTimestamp"]),
        "Region": region_name(),
        "AlarmArn": alarm["AlarmArn"],
        "OldStateValue": old_state,
        "OKActions": alarm.get("OKActions") or [],
        "AlarmActions": alarm.get("AlarmActions") or [],
        "InsufficientDataActions": alarm.get("InsufficientDataActions") or [],
    } | (composite_part(alarm) if "AlarmRule" in alarm else {"Trigger": trigger(alarm)})


def trigger(alarm):
    if alarm.get("ExtendedStatistic"):
        statistic = {"StatisticType": "ExtendedStatistic", "ExtendedStatistic": alarm["ExtendedStatistic"]}
    else:
        basic = "SAMPLE_COUNT" if alarm["Statistic"] == "SampleCount" else alarm["Statistic"].upper()
        statistic = {"StatisticType": "Statistic", "Statistic": basic}
    few = {"DatapointsToAlarm": alarm["DatapointsToAlarm"]} if alarm.get("DatapointsToAlarm") else {}
    return {
        "MetricName": alarm.get("MetricName"),
        "Namespace": alarm.get("Namespace"),
        **statistic,
        "Unit": alarm.get("Unit"),
        "Dimensions": [{"value": it["Value"], "name": it["Name"]} for it in alarm.get("Dimensions") or []],
        "Period": int(alarm["Period"]),
        "EvaluationPeriods": int(alarm["EvaluationPeriods"]),
        **few,
        "ComparisonOperator": alarm.get("ComparisonOperator"),
        "Threshold": float(alarm["Threshold"]),
        "TreatMissingData": alarm.get("TreatMissingData") or "missing",
        "EvaluateLowSampleCountPercentile": "",
    }


def composite_part(alarm):
    children = json.loads(alarm.get("StateReasonData") or "{}").get("triggeringAlarms", [])
    told = [
        {"Arn": it["arn"], "State": {"Value": it["state"]["value"], "Timestamp": it["state"]["timestamp"]}} for it in children
    ]
    return {"AlarmRule": alarm["AlarmRule"], "TriggeringChildren": told}


def tell(alarm, old_state, state, why):
    """Publishes the change to the topics that the alarm names for the new state."""
    if not alarm.get("ActionsEnabled", True):
        return
    if "AlarmRule" in alarm:
        alarm["StateUpdatedTimestamp"] = alarm["StateTransitionedTimestamp"] = time.time()  # MiniStack: whole seconds
    body = json.dumps(message(alarm, old_state, state, why), separators=(",", ":"), ensure_ascii=False)
    subject = f'{state}: "{alarm["AlarmName"]}" in {region_name()}'[:99]
    for topic in filter(cloudwatch._is_sns_action_arn, alarm.get(ACTIONS[state]) or []):
        try:
            sns._fanout(topic, new_uuid(), body, subject)
        except Exception:
            cloudwatch.logger.exception("publishing %s to %s", alarm["AlarmName"], topic)


# ---- operations ----


def set_alarm_state(params, data, is_cbor, is_json=False):
    def field(name):
        return data.get(name) if is_cbor or is_json else cloudwatch._p(params, name)

    name, state = field("AlarmName") or "", field("StateValue")
    alarm = cloudwatch._alarms.get(name) or cloudwatch._composite_alarms.get(name)
    if not alarm:
        said = "ResourceNotFound", f"Alarm {name} does not exist", 404
        return cloudwatch._error(*said, use_json=is_json, use_cbor=is_cbor)
    try:
        given = json.loads(field("StateReasonData") or "null")
    except ValueError:
        said = "InvalidFormat", "StateReasonData is no JSON", 400
        return cloudwatch._error(*said, use_json=is_json, use_cbor=is_cbor)
    if state != alarm["StateValue"]:
        change(alarm, state, field("StateReason") or "", given)
    else:
        alarm["StateReason"], alarm["StateUpdatedTimestamp"] = field("StateReason") or "", time.time()
    if is_cbor:
        return cloudwatch._cbor_ok({})
    return cloudwatch._json_ok({}) if is_json else cloudwatch._xml(200, "SetAlarmStateResponse", "")


def listed(params, prefix):
    """The members of a list in the Query protocol."""
    found = []
    while value := cloudwatch._p(params, f"{prefix}.member.{len(found) + 1}"):
        found.append(value)
    return found


def as_xml(name, value):
    if value is None:
        return ""
    if isinstance(value, dict):
        inner = "".join(as_xml(key, item) for key, item in value.items())
    elif isinstance(value, list):
        inner = "".join(as_xml("member", item) for item in value)
    elif isinstance(value, bool):
        inner = "true" if value else "false"
    elif name.endswith("Timestamp"):
        inner = stamp(value).replace("+0000", "Z")
    else:
        inner = escape(str(value))
    return f"<{name}>{inner}</{name}>"


def by_query(operation, answer, fields, lists):
    """The operation; in the Query protocol with all that the JSON answer holds. MiniStack leaves out the actions."""

    def answered(params, data, is_cbor, is_json=False):
        if is_cbor or is_json:
            return answer(params, data, is_cbor, is_json)
        asked = {name: cloudwatch._p(params, name) or None for name in fields}
        asked |= {name: listed(params, name) or None for name in lists}
        status, _, body = answer({}, asked, False, True)
        if status != 200:
            return answer(params, data, False, False)
        return cloudwatch._xml(200, f"{operation}Response", as_xml(f"{operation}Result", json.loads(body)))

    return answered


async def handle(method, path, headers, body, query_params):
    operation = headers.get("x-amz-target", "").rpartition(".")[2]
    if operation not in (EVALUATE, AGE):
        return await handle_request(method, path, headers, body, query_params)
    if operation == AGE:
        age_data(json.loads(body)["Seconds"])
    evaluate_everywhere(patient=operation != AGE)
    return 200, {"Content-Type": "application/json"}, b"{}"


def tagged():
    """The alarms of this Region with their tags, for `GetResources`."""
    place = f"arn:aws:cloudwatch:{get_region()}:"
    for arn, tags in cloudwatch._resource_tags.items():
        if arn.startswith(place) and tags:
            yield arn, [{"Key": key, "Value": value} for key, value in tags.items()]


def install():
    """Puts all of this in the place of MiniStack's own."""
    tagging._COLLECTORS["cloudwatch"] = tagged
    replaced = {
        # An alarm is evaluated when data comes and from time to time, not while it is made.
        "_evaluate_alarm": lambda alarm: None,
        "_evaluate_all_alarms": evaluate_all,
        "_record_history": record_history,
        "_dispatch_alarm_actions": tell,
        "_set_alarm_state": set_alarm_state,
        "_put_metric_alarm": keep_warm_up,
        "_describe_alarms": by_query(
            "DescribeAlarms",
            describe_alarms,
            ["AlarmNamePrefix", "StateValue", "MaxRecords", "NextToken"],
            ["AlarmNames", "AlarmTypes"],
        ),
        "_describe_alarm_history": by_query(
            "DescribeAlarmHistory",
            describe_alarm_history,
            ["AlarmName", "HistoryItemType", "StartDate", "EndDate", "MaxRecords", "NextToken", "ScanBy"],
            ["AlarmTypes"],
        ),
        "handle_request": handle,
    }
    for name, ours in replaced.items():
        getattr(cloudwatch, name)  # another MiniStack than the pinned one may lack it: fail at start
        setattr(cloudwatch, name, ours)
    lambda_svc._emit_lambda_logs = keep_logs
