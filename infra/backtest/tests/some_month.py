"""Writes logs and two configs by chance, always the same for a number: what infra/backtest/tests/oracle.py judges.

    some_month.py FOLDER NUMBER       FOLDER/logs, FOLDER/coming.toml, FOLDER/today.toml

Bursts at the edges of hours and periods, clock changes within them, holidays and days of their own, windows over midnight,
several zones, accounts and Regions, controls of one's own, the layouts of buckets of their own and of organizations, Insights and digests beside, records
that are there twice, in other files too, and some that are too long.
"""

import datetime
import gzip
import json
import pathlib
import random
import sys

folder, number = pathlib.Path(sys.argv[1]), int(sys.argv[2])
chance = random.Random(number)
UTC = datetime.timezone.utc
# around a change of the clocks of each zone
MONTHS = [("Europe/Berlin", "2026-10-12"), ("America/New_York", "2026-10-26"), ("Asia/Tokyo", "2026-12-21"), ("Australia/Lord_Howe", "2026-03-23"),
          ("America/St_Johns", "2026-03-02"), ("Europe/Dublin", "2026-03-16"), ("Asia/Kathmandu", "2026-06-01"), ("UTC", "2026-12-28")]
ZONE, start = MONTHS[number % len(MONTHS)]
START = datetime.datetime.fromisoformat(f"{start}T00:00:00+00:00")
DAYS = 21
REGIONS = ["us-east-1", "eu-west-1", "ap-northeast-1"]
ACCOUNTS = ["111122223333", "444455556666"]
PEOPLE = ["alice", "bob", "ci", "Carol", "dāvis", "x" * 60] + [f"person-{it}" for it in range(30)]
PLACES = ["203.0.113.5", "203.0.113.77", "198.51.100.7", "2001:db8::1", "192.0.2.1"] + [f"198.18.0.{it}" for it in range(30)]
CALLS = [("signin.amazonaws.com", "ConsoleLogin"), ("iam.amazonaws.com", "CreatePolicy"), ("cloudtrail.amazonaws.com", "StopLogging"),
         ("s3.amazonaws.com", "PutBucketPolicy"), ("ec2.amazonaws.com", "AuthorizeSecurityGroupIngress"), ("ec2.amazonaws.com", "CreateRoute"),
         ("logs.amazonaws.com", "DeleteMetricFilter"), ("kms.amazonaws.com", "DisableKey"), ("ec2.amazonaws.com", "DescribeInstances")]


def windows():
    spans = [("09:00", "18:00"), ("22:00", "06:00"), ("00:00", "24:00"), ("13:30", "14:15"), ("08:00", "07:59"), ("18:00", "24:00")]
    days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    one = lambda: (chance.sample(days, chance.randint(1, 6)), *chance.choice(spans))
    return [f'{{ days = {json.dumps(days)}, start = "{a}", end = "{b}" }}' for days, a, b in (one() for _ in range(chance.randint(1, 2)))]


OWN = ['$.eventName = "Describe*"', '($.awsRegion = "eu-*") && ($.eventName != "ConsoleLogin")', '$.userIdentity.userName = *', '$.errorCode NOT EXISTS',
       '$.sourceIPAddress = "203.0.113.*" || $.errorCode = "*Unauthorized*"', '$.additionalEventData.MFAUsed != "Yes"', '$.eventID = "0*"',
       '$.requestParameters.nested.eventTime = "2020-*"', '$.eventTime = "2026-1*"', '$.requestID NOT EXISTS']


def choices(chance):
    """Which controls, and some of one's own with every length of period; the same key means something else in another config."""
    lines = [line for line in ("companions = true", 'extra = ["sign-ins", "attackers"]', 'skip = ["RootUsage", "CloudTrailChanges"]') if chance.random() < 0.3]
    for key in range(5):
        period, threshold = chance.choice([10, 20, 30, 60, 120, 180, 300, 420, 900, 3600, 7200, 21600, 86400]), chance.choice([1, 1, 2, 2.5, 3, 7, 20, 55.25])
        lines += ["[[controls.own]]", f'key = "Own{key}"', f"pattern = '{{ {chance.choice(OWN)} }}'", 'notice = "x"', f"period = {period}", f"threshold = {threshold}"]
    return lines


def config(name):
    some_day = lambda: f"{(START + datetime.timedelta(days=chance.randrange(DAYS))).date()}"
    lines = []
    for at in range(chance.randint(1, 2)):
        alarms = chance.choice([["yakei-*"], ["yakei-ConsoleLogin", "yakei-IAMChanges", "yakei-S3*"]])
        zone = ZONE if at == 0 else chance.choice(MONTHS)[0]
        lines += ["[[schedule]]", f'name = "s{at}"', f'timezone = "{zone}"', f"windows = [{', '.join(windows())}]",
                  f"holidays = {json.dumps(sorted({some_day() for _ in range(3)}))}",
                  f'dates = {{ "{some_day()}" = [{{ start = "10:00", end = "23:00" }}] }}',
                  *([f"alarms = {json.dumps(alarms)}"] if chance.random() < 0.8 else [])]
    zone = chance.choice([ZONE, "Asia/Kolkata", "America/Caracas"])
    lines += ["[notify]", 'emails = ["a@example.com"]', f'timezone = "{zone}"']
    for rule in chance.sample(['who = "ci"', 'who = "alice"\nsource_ip = "203.0.113.0/24"', 'source_ip = "198.51.100.7"', 'who = "bob"\nevent = "CreatePolicy"'], 2):
        lines += ["[[notify.ignore]]", rule, 'reason = "agreed"', *([f'until = "{some_day()}"'] if chance.random() < 0.5 else [])]
    lines += ["[[notify.known]]", 'name = "office"', 'source_ip = ["203.0.113.0/24"]']
    if chance.random() < 0.4:
        lines += ["[trail]", 'regions = ["us-east-1", "eu-west-1"]' if number % 2 else 'regions = ["all"]']
    lines += ["[controls]", f"thresholds = {{ ConsoleLogin = {chance.randint(1, 4)}, IAMChanges = {chance.randint(1, 3)}, UnauthorizedAPICalls = {chance.randint(1, 5)} }}"]
    lines += choices(random.Random(f"{name} {number}"))
    (folder / name).write_text("\n".join(lines) + "\n")


def record(at, number):
    service, name = chance.choice(CALLS)
    user = chance.choice(PEOPLE[:6] if chance.random() < 0.7 else PEOPLE)
    made = {"eventVersion": "1.11", "userIdentity": {"type": "IAMUser", "userName": user, "accountId": ACCOUNTS[0]}, "eventTime": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            "eventSource": service, "eventName": name, "awsRegion": chance.choice(REGIONS), "sourceIPAddress": chance.choice(PLACES[:5] if chance.random() < 0.8 else PLACES),
            "recipientAccountId": ACCOUNTS[0], "eventType": "AwsApiCall"}
    if name == "ConsoleLogin":
        verdict = chance.choice(["Success", "Success", "Failure"])
        made |= {"responseElements": {"ConsoleLogin": verdict}, "additionalEventData": {"MFAUsed": chance.choice(["Yes", "No"])}, "eventType": "AwsConsoleSignIn"}
        if verdict == "Failure":
            made["errorMessage"] = "Failed authentication"
    elif chance.random() < 0.3:
        made["errorCode"] = chance.choice(["AccessDenied", "Client.UnauthorizedOperation", "ThrottlingException"])
    if chance.random() < 0.004:
        made["requestParameters"] = {"policy": "ä" * 140_000}
    if chance.random() < 0.1:
        made["requestParameters"] = {"eventName": "ConsoleLogin", "eventID": "another", "nested": {"eventTime": "2020-01-01T00:00:00Z"}}
    return {**made, "eventID": f"{chance.getrandbits(64):016x}"}  # near the end, where CloudTrail writes it


def month():
    at, number = START, 0
    while at < START + datetime.timedelta(days=DAYS):
        for _ in range(chance.choice([1, 1, 2, 5, 12])):  # a burst
            yield record(at, number)
            number += 1
            at += datetime.timedelta(seconds=chance.choice([0, 1, 20, 59, 60, 61, 299, 300, 301, 900]))
        gap = chance.choice([600, 890, 900, 960, 3600, 4 * 3600, 9 * 3600])
        at += datetime.timedelta(seconds=gap + chance.randrange(60))
        if chance.random() < 0.3:  # an edge of an hour
            at = at.replace(minute=chance.choice([0, 59, 29, 30]), second=chance.choice([0, 59]))


def write(path, text, packed=True):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode(), mtime=0) if packed else text.encode())


made = list(month())
base = folder / "logs" / chance.choice(["AWSLogs", "AWSLogs/o-a1b2c3d4e5", "prefix/AWSLogs"])
by_file = {}
for each in made:
    for _ in range(2 if chance.random() < 0.03 else 1):
        account, region, day = chance.choice(ACCOUNTS), each["awsRegion"], each["eventTime"][:10].replace("-", "/")
        by_file.setdefault(base / account / "CloudTrail" / region / day / f"{account}_CloudTrail_{region}_{len(by_file) // 9}.json.gz", []).append(each)
for at, (path, records) in enumerate(by_file.items()):
    compact = {"separators": (",", ":")} if at % 3 else {}
    if at % 7 == 6:
        write(path.with_name(path.name.replace(".json.gz", ".jsonl")), "".join(json.dumps(it, **compact) + "\n" for it in records), packed=False)
    else:
        write(path, json.dumps({"Records": records}, ensure_ascii=at % 2 == 0, **compact))
for besides in ("CloudTrail-Insight", "CloudTrail-Digest"):
    write(base / ACCOUNTS[0] / besides / "us-east-1/2026/10/07/x.json.gz", json.dumps({"Records": made[:3]}))
config("coming.toml")
config("today.toml")
