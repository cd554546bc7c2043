"""Asks Athena what `make backtest` asks of files: the query runs where the logs are, the report is made here.

    .venv/bin/python infra/athena.py target/optimised/backtest      make backtest ATHENA=workgroup

The environment says the rest: ATHENA the workgroup, CONFIG the config, TODAY the one it is compared with, OUT the folder for
what is made, LOGS s3://bucket/prefix (else the trail is asked),
FROM and TO days (else the last 30), ACCOUNTS and REGIONS with commas (else all there are), DATABASE of Glue (else default),
OUTPUT_LOCATION s3://… where the workgroup names no place for results, PRICE a TB, TIMEOUT seconds, CONFIRM the workgroup's name where
nobody can be asked, SQL=1 to print the statements and do nothing.

In order: where the logs are, how much of them, what that costs, a person's yes, then the table, the query, its rows, and the
table is dropped whatever happens. A query that nobody waits for any more is stopped, for it costs. OUT gets athena-rows.jsonl,
from which the program makes the report; it makes none of rows that are cut off.
"""

import datetime
import json
import math
import os
import re
import secrets
import signal
import subprocess
import sys
import time

import botocore.config
import botocore.exceptions
import botocore.session

# Athena's price in us-east-1 per TB that is scanned, USD, as public price pages had it in November 2026; at least 10 MB a query.
PRICE, LEAST = 5.00, 10_000_000
# S3's prices in us-east-1 of a thousand requests, USD: LIST for our look at the sizes and for Athena's of each folder that
# the table projects, empty or not; GET for Athena's reading.
LIST, GET = 0.005, 0.0004
# Athena reads a value up to 32 MB, and a file is one value here; logs of CloudTrail shrink to a tenth or less.
LARGE = 2_500_000
# What Athena's own limit for a query is, unless a quota was raised.
TIMEOUT = 1800

session = botocore.session.get_session()
# The SDKs' own name of it, which botocore does not know.
if os.environ.get("AWS_REGION"):
    session.set_config_variable("region", os.environ["AWS_REGION"])
retries = botocore.config.Config(retries={"mode": "standard", "max_attempts": 10})


def say(text):
    print(text, file=sys.stderr, flush=True)


def fail(text):
    sys.exit(f"error: {text}")


def setting(name, default=""):
    return os.environ.get(name, "").strip() or default


def number(name, default, least):
    """A setting that is a number; one that is none is said before any call."""
    try:
        value = float(setting(name, default))
    except ValueError:
        value = math.nan
    if not least <= value < math.inf:
        fail(f"{name}={setting(name)} is no number of {least} or more")
    return value


def client(service, region=None):
    return session.create_client(service, region_name=region, config=retries)


def days():
    """The days that are asked for, both included."""
    read = datetime.date.fromisoformat
    today = datetime.datetime.now(datetime.timezone.utc).date()
    try:
        last = read(setting("TO", str(today)))
        first = read(setting("FROM", str(last - datetime.timedelta(days=29))))
    except ValueError as error:
        fail(f"FROM and TO are days such as 2026-10-31: {error}")
    if last < first:
        fail(f"TO={last} is before FROM={first}")
    return first, last


def folders(s3, bucket, prefix, pattern):
    """The names of the folders directly below a prefix that look like this, and whether others are there."""
    found = []
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, Delimiter="/"):
        found += [entry["Prefix"][len(prefix):-1] for entry in page.get("CommonPrefixes", [])]
    return [name for name in found if re.fullmatch(pattern, name)]


def trail_of(program):
    """The bucket and prefix of the config's trail, as CloudTrail says."""
    said = json.loads(run(program, "athena-trail", *configs()))
    cloudtrail = client("cloudtrail", said.get("region"))
    trail = cloudtrail.get_trail(Name=said["trail"])["Trail"]
    prefix = trail.get("S3KeyPrefix", "")
    return trail["S3BucketName"], f"{prefix}/" if prefix else ""


def location(s3, bucket, prefix):
    """The folder that holds the accounts: of an organization's trail its own, else AWSLogs itself."""
    if not re.search(r"(^|/)AWSLogs/(o-[a-z0-9]+/)?$", prefix):
        prefix += "AWSLogs/"
    if prefix.endswith("AWSLogs/"):
        organizations = folders(s3, bucket, prefix, r"o-[a-z0-9]+")
        own = folders(s3, bucket, prefix, r"\d{12}")
        if len(organizations) > 1:
            fail(f"there are logs of several organizations, choose one: "
                 + ", ".join(f"LOGS=s3://{bucket}/{prefix}{name}/" for name in organizations))
        if organizations:
            if own:
                say(f"note: asks the organization's logs; those directly in s3://{bucket}/{prefix} ({', '.join(own)}) are left out")
            prefix += f"{organizations[0]}/"
    return prefix


def sizes(s3, bucket, prefix, accounts, regions, first, last):
    """Bytes, files and the largest file of the days that are read, and in how many requests that was learnt."""
    total, files, largest, requests = 0, 0, 0, 0
    end = last + datetime.timedelta(days=1)
    for account in accounts:
        for region in regions:
            below = f"{prefix}{account}/CloudTrail/{region}/"
            pages = s3.get_paginator("list_objects_v2").paginate(
                Bucket=bucket, Prefix=below, StartAfter=f"{below}{first:%Y/%m/%d}/")
            for page in pages:
                requests += 1
                entries = page.get("Contents", [])
                wanted = [it["Size"] for it in entries if it["Key"][len(below):len(below) + 10] <= f"{end:%Y/%m/%d}"]
                total, files = total + sum(wanted), files + len(wanted)
                largest = max([largest, *wanted])
                if len(wanted) < len(entries):
                    break
        say(f"  {account}: {files} files so far")
    return total, files, largest, requests


def workgroup(athena, name):
    """Whether the workgroup can take the query, and where its results go."""
    group = athena.get_work_group(WorkGroup=name)["WorkGroup"]
    settings = group.get("Configuration", {})
    if group.get("State") == "DISABLED":
        fail(f"the workgroup {name} is disabled")
    engine = settings.get("EngineVersion", {}).get("EffectiveEngineVersion", "")
    if "version 3" not in engine:
        fail(f"the workgroup {name} runs {engine or 'an engine that it does not name'}; the query needs Athena engine version 3")
    managed = settings.get("ManagedQueryResultsConfiguration", {}).get("Enabled")
    place = settings.get("ResultConfiguration", {}).get("OutputLocation")
    if not managed and not place and not setting("OUTPUT_LOCATION"):
        fail(f"the workgroup {name} names no place for results: give OUTPUT_LOCATION=s3://bucket/prefix/")
    if managed:
        place = None
    elif not place or (setting("OUTPUT_LOCATION") and not settings.get("EnforceWorkGroupConfiguration")):
        place = setting("OUTPUT_LOCATION")
    return settings.get("BytesScannedCutoffPerQuery"), place


def run(program, *arguments, stdin=None):
    done = subprocess.run([program, *arguments], input=stdin, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(done.returncode)
    return done.stdout


class Failed(Exception):
    """A statement that did not succeed."""


class Stopped(Failed):
    """One that took too long."""


def finished(athena, execution, until):
    """Waits for a statement, as long as it may take."""
    pause = 0.2
    while True:
        answer = athena.get_query_execution(QueryExecutionId=execution)["QueryExecution"]
        status = answer["Status"]
        if status["State"] == "SUCCEEDED":
            return answer
        if status["State"] in ("FAILED", "CANCELLED"):
            why = status.get("StateChangeReason") or status.get("AthenaError", {}).get("ErrorMessage") or "Athena does not say why"
            raise Failed(f"{'has failed' if status['State'] == 'FAILED' else 'was cancelled'}: {why}")
        if time.monotonic() >= until:
            raise Stopped(f"is stopped: it was {status['State'].lower()} after {setting('TIMEOUT', TIMEOUT)} s; TIMEOUT= gives it longer")
        time.sleep(pause)
        pause = min(pause * 1.5, 5)


class Athena:
    """One run: each statement waited for, and stopped when the run is."""

    def __init__(self, athena, group, place, until):
        self.athena, self.group, self.place, self.until = athena, group, place, until
        self.is_made = False

    def made(self, create):
        """Makes the table. One of this name that was there already is another's: it is not ours to drop."""
        try:
            self.statement(create)
        except Stopped:
            raise
        except Failed:
            self.is_made = False
            raise

    def statement(self, sql, until=None):
        asked = {"QueryString": sql, "WorkGroup": self.group}
        if self.place:
            asked["ResultConfiguration"] = {"OutputLocation": self.place}
        # an end that is asked for meanwhile comes when it is known what there is to stop
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
        try:
            execution = self.athena.start_query_execution(**asked)["QueryExecutionId"]
            self.is_made = True  # or is being made: the first statement makes it
        except BaseException:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDS)
            raise
        try:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDS)
            return finished(self.athena, execution, until or self.until)
        except BaseException as error:
            if not isinstance(error, Failed) or isinstance(error, Stopped):
                self.stop(execution)
            raise

    def stop(self, execution):
        """Lets Athena end a statement that nobody waits for any more; what that changes about why is said, not raised."""
        try:
            self.athena.stop_query_execution(QueryExecutionId=execution)
        except AWS_ERRORS as error:
            say(f"warning: Athena may still be running the query {execution}, for {error}")

    def rows(self, execution):
        """The rows of a result, page by page, without the names of the columns."""
        first = True
        for page in self.athena.get_paginator("get_query_results").paginate(QueryExecutionId=execution):
            rows = page["ResultSet"]["Rows"]
            for row in rows[1:] if first else rows:
                yield [cell.get("VarCharValue") for cell in row["Data"]]
            first = False


ENDS = {signal.SIGINT, signal.SIGTERM}
AWS_ERRORS = (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError)


def confirmed(group):
    if setting("CONFIRM"):
        return setting("CONFIRM") == group
    if not sys.stdin.isatty():
        return False
    print(f"type {group} to go on: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip() == group


def amount(size):
    for unit, bytes_ in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if size >= bytes_:
            return f"{size / bytes_:.1f} {unit}"
    return f"{size} bytes"


def configs():
    today = setting("TODAY")
    return ["--config", setting("CONFIG", "infra/yakei.toml"), *(["--today", today] if today else [])]


def statements(program, place, accounts, regions, first, last):
    table = f"yakei_backtest_{secrets.token_hex(4)}"
    asked = {"location": place, "accounts": accounts, "regions": regions, "from": str(first), "to": str(last),
             "database": setting("DATABASE", "default"), "table": table}
    return json.loads(run(program, "athena-sql", *configs(), stdin=json.dumps(asked)))


def listed(name):
    return [it for it in re.split(r"[,\s]+", setting(name)) if it]


def named(logs):
    """Bucket and prefix of LOGS; an account or a Region that the prefix goes down to is what ACCOUNTS and REGIONS say."""
    bucket, _, prefix = logs[len("s3://"):].partition("/")
    prefix = prefix if not prefix or prefix.endswith("/") else prefix + "/"
    deeper = re.fullmatch(r"((?:.*/)?AWSLogs/(?:o-[a-z0-9]+/)?)(\d{12})/(?:CloudTrail/(?:([a-z0-9-]+)/)?)?", prefix)
    if not deeper:
        return bucket, prefix, [], []
    return bucket, deeper[1], [deeper[2]], [deeper[3]] if deeper[3] else []


def main(program):
    group, out = setting("ATHENA"), setting("OUT", "target/backtest")
    first, last = days()
    price, limit = number("PRICE", PRICE, 0), number("TIMEOUT", TIMEOUT, 1)
    logs, accounts, regions = setting("LOGS"), listed("ACCOUNTS"), listed("REGIONS")
    if logs and not re.fullmatch(r"s3://[^/]+(/.*)?", logs):
        fail(f"LOGS={logs} is no place in S3: with ATHENA= it is s3://bucket/prefix")
    only_print = setting("SQL") not in ("", "0")
    if logs:
        bucket, prefix, below, within = named(logs)
        accounts, regions = accounts or below, regions or within
    if only_print and logs and accounts and regions:
        prefix = prefix if re.search(r"(^|/)AWSLogs/(o-[a-z0-9]+/)?$", prefix) else prefix + "AWSLogs/"
        return show(statements(program, f"s3://{bucket}/{prefix}", accounts, regions, first, last))
    s3 = client("s3")
    if not logs:
        bucket, prefix = trail_of(program)
    prefix = location(s3, bucket, prefix)
    place = f"s3://{bucket}/{prefix}"
    accounts = accounts or folders(s3, bucket, prefix, r"\d{12}")
    if not accounts:
        fail(f"there are no logs of any account in {place}")
    regions = regions or sorted({region for account in accounts
                                 for region in folders(s3, bucket, f"{prefix}{account}/CloudTrail/", r"[a-z0-9-]+")})
    if not regions:
        fail(f"there are no logs of any Region in {place}")
    asked = statements(program, place, accounts, regions, first, last)
    for control in asked["refused"]:
        say(f"not asked: control {control['key']}: {control['why']}")
    if only_print:
        return show(asked)

    athena = client("athena")
    cutoff, results = workgroup(athena, group)
    home = s3.head_bucket(Bucket=bucket)["ResponseMetadata"]["HTTPHeaders"].get("x-amz-bucket-region")
    if home and home != athena.meta.region_name:
        say(f"note: the bucket is in {home} and Athena is asked in {athena.meta.region_name}: AWS also charges what goes from Region to "
            f"Region, which is not in the price below; AWS_REGION={home}, with a workgroup there, costs none")
    projected = len(accounts) * len(regions) * ((last - first).days + 2)
    say(f"asks {place}: {len(accounts)} accounts, {len(regions)} Regions, {first} to {last}, "
        f"{len(asked['patterns']) - len(asked['refused'])} controls, {projected} folders")
    total, files, largest, requests = sizes(s3, bucket, prefix, accounts, regions, first, last)
    if not files:
        fail(f"there are no logs of {first} to {last} in {place}")
    cost = max(total, LEAST) / 1e12 * price + (files * GET + projected * LIST) / 1000
    say(f"Athena will scan {files} files, {amount(total)} as they are stored: about USD {cost:.2f}")
    say(f"  by us-east-1's list prices of November 2026: {price:.2f} a TB, {GET} a thousand files read, {LIST} a thousand folders listed; "
        f"the look at the sizes was {requests} requests, USD {requests * LIST / 1000:.4f}")
    if largest > LARGE:
        say(f"  the largest file has {amount(largest)}; if it unpacks to more than 32 MB, Athena may refuse the query")
    if cutoff and cutoff < total:
        fail(f"the workgroup {group} stops queries at {amount(cutoff)}: ask for fewer days (FROM, TO)")
    if not confirmed(group):
        fail(f"nothing was asked; where nobody can be: make backtest ATHENA={group} CONFIRM={group}")

    run_ = Athena(athena, group, results, time.monotonic() + limit)
    rows = os.path.join(out, "athena-rows.jsonl")
    os.makedirs(out, exist_ok=True)
    say(f"table {asked['table']}, query running ...")
    try:
        run_.made(asked["create"])
        done = run_.statement(asked["query"])
        with open(rows, "w", encoding="utf-8") as file:
            json.dump({"patterns": asked["patterns"]}, file)
            file.write("\n")
            count = 0
            for told, events, records, earliest, latest, in_all in run_.rows(done["QueryExecutionId"]):
                row = {"told": told, "events": int(events), "records": int(records), "first": earliest, "last": latest,
                       "rows": int(in_all)}
                json.dump(row, file)
                file.write("\n")
                count += 1
    except Failed as error:
        fail(f"Athena's query {error}; there is no report of it")
    finally:
        if run_.is_made:
            dropped(run_, asked)
    scanned = done.get("Statistics", {}).get("DataScannedInBytes", 0)
    kept = done.get("ResultConfiguration", {}).get("OutputLocation")
    say(f"{count} rows; Athena scanned {amount(scanned)}: about USD {max(scanned, LEAST) / 1e12 * price:.2f}")
    if kept:
        say(f"what Athena keeps: its result, with names and addresses, in {kept}")
    return subprocess.run([program, "athena-report", rows, *configs(), "--out", out]).returncode


def dropped(run_, asked):
    """The table goes, whatever happened; if it does not, how to drop it is said."""
    try:
        run_.statement(asked["drop"], until=time.monotonic() + 60)
    except (Failed, *AWS_ERRORS, KeyboardInterrupt) as error:
        why = "it was stopped by hand" if isinstance(error, KeyboardInterrupt) else error
        say(f"warning: the table may still be there, for {why}; drop it with: {asked['drop']}")
        if isinstance(error, KeyboardInterrupt):
            raise


def show(asked):
    for part in ("create", "query", "drop"):
        print(asked[part].rstrip() + ";\n")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2 or not setting("ATHENA"):
        sys.exit(__doc__)
    # whoever ends it, by Ctrl-C or otherwise, in the background too, wants no query and no table left behind
    for end in ENDS:
        signal.signal(end, signal.default_int_handler)
    try:
        sys.exit(main(sys.argv[1]))
    except AWS_ERRORS as error:
        fail(error)
    except KeyboardInterrupt:
        fail("stopped by hand")
