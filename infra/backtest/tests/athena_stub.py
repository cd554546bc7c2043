"""S3, CloudTrail and Athena enough for `infra/athena.py`, over a folder: logs/BUCKET/KEY are the objects.

    athena_stub.py FOLDER        prints its port; FOLDER/asked.jsonl gets every call, FOLDER/tables the tables that are left

It keeps to the shapes of botocore's models, not to AWS's behaviour beyond them. Athena's statements really run: the table's
projection is read from CREATE TABLE, its files are read as lines, and the query runs on DuckDB, by sqlglot. FOLDER/behave.json
says what goes wrong: `fail` a reason by which the query fails, `cancel` one by which it is cancelled, `hang` that it never
ends, `group` what GetWorkGroup says, `cut` that so many rows of the result are missing, `refuse` operations with the error's
code and message, once the query has begun if they are in `later`, `throttle` operations with how often they are throttled before they
answer, `taken` that a table of that name is there already, `home` the bucket's Region.
"""

import datetime
import gzip
import http.server
import itertools
import json
import pathlib
import re
import sys
import urllib.parse
import uuid
from xml.sax.saxutils import escape

import duckdb
import sqlglot

folder = pathlib.Path(sys.argv[1])
logs = folder / "logs"
tables, executions, throttled = {}, {}, {}
PAGE = 3  # of keys and of rows, so that every list has several


def behave():
    file = folder / "behave.json"
    return json.loads(file.read_text()) if file.exists() else {}


def keys(bucket):
    base = logs / bucket
    return sorted(str(path.relative_to(base)) for path in base.rglob("*") if path.is_file())


def listing(bucket, asked):
    """ListObjectsV2."""
    prefix, delimiter, after = (asked.get(it, "") for it in ("prefix", "delimiter", "start-after"))
    after = max(after, asked.get("continuation-token", ""))
    entries = []  # of the answer: a key, or a common prefix
    for key in keys(bucket):
        if not key.startswith(prefix):
            continue
        at = key.find(delimiter, len(prefix)) if delimiter else -1
        name, folder_ = (key[: at + 1], True) if at >= 0 else (key, False)
        if name > after and (name, folder_) not in entries:
            entries.append((name, folder_))
    page, more = entries[:PAGE], len(entries) > PAGE
    parts = [f"<IsTruncated>{str(more).lower()}</IsTruncated><KeyCount>{len(page)}</KeyCount>"]
    if more:
        parts.append(f"<NextContinuationToken>{escape(page[-1][0])}</NextContinuationToken>")
    for name, is_folder in page:
        if is_folder:
            parts.append(f"<CommonPrefixes><Prefix>{escape(name)}</Prefix></CommonPrefixes>")
        else:
            size = (logs / bucket / name).stat().st_size
            parts.append(f"<Contents><Key>{escape(name)}</Key><Size>{size}</Size></Contents>")
    return f'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{"".join(parts)}</ListBucketResult>'


def created(sql):
    """A table, by what its statement says of the projection."""
    name = re.search(r"CREATE EXTERNAL TABLE `(\w+)`\.`(\w+)` \(`line` string\)", sql).groups()
    properties = dict(re.findall(r"'([\w.]+)' = '([^']*)'", sql))
    assert properties["projection.enabled"] == "true" and properties["projection.day.format"] == "yyyy/MM/dd"
    if name in tables or behave().get("taken"):
        tables.setdefault(name, {})
        raise ValueError("AlreadyExistsException: Table already exists.")
    tables[name] = properties


def partitions(properties):
    first, last = (datetime.datetime.strptime(it, "%Y/%m/%d").date() for it in properties["projection.day.range"].split(","))
    days = [f"{first + datetime.timedelta(days=it):%Y/%m/%d}" for it in range((last - first).days + 1)]
    accounts, regions = (properties[f"projection.{it}.values"].split(",") for it in ("account", "region"))
    for account, region, day in itertools.product(accounts, regions, days):
        place = properties["storage.location.template"]
        for part, value in (("account", account), ("region", region), ("day", day)):
            place = place.replace("${" + part + "}", value)
        yield account, region, day, place


def lines(properties):
    for account, region, day, place in partitions(properties):
        bucket, _, prefix = place[len("s3://"):].partition("/")
        for key in keys(bucket):
            if not key.startswith(prefix):
                continue
            data = (logs / bucket / key).read_bytes()
            text = (gzip.decompress(data) if key.endswith(".gz") else data).decode("utf-8", "replace")
            for line in text.splitlines():
                # LazySimpleSerDe: a field ends at the character 1
                yield account, region, day, f"s3://{bucket}/{key}", line.split("\x01")[0], len(data)


def selected(sql):
    database, name = re.search(r'FROM "(\w+)"\."(\w+)"', sql).groups()
    connection = duckdb.connect()
    connection.execute(f'CREATE SCHEMA "{database}"')
    connection.execute(f'CREATE TABLE "{database}"."{name}" (account VARCHAR, region VARCHAR, day VARCHAR, "$path" VARCHAR, line VARCHAR)')
    rows = list(lines(tables[database, name]))
    if rows:
        connection.executemany(f'INSERT INTO "{database}"."{name}" VALUES (?, ?, ?, ?, ?)', [row[:5] for row in rows])
    (statement,) = sqlglot.transpile(sql, read="trino", write="duckdb")
    cursor = connection.execute(statement)
    header = [column[0] for column in cursor.description]
    return [header, *cursor.fetchall()], sum(row[5] for row in rows)


def started(asked):
    sql, execution = asked["QueryString"], {"state": "QUEUED", "rows": [], "scanned": 0, "asked": asked}
    identity = str(uuid.uuid4())
    executions[identity] = execution
    try:
        if sql.startswith("CREATE EXTERNAL TABLE"):
            created(sql)
        elif sql.startswith("DROP TABLE IF EXISTS"):
            tables.pop(re.search(r"`(\w+)`\.`(\w+)`", sql).groups(), None)
        elif behave().get("hang"):
            execution["hang"] = True
        elif behave().get("fail") or behave().get("cancel"):
            execution["cancelled"] = "cancel" in behave()
            raise ValueError(behave().get("fail") or behave()["cancel"])
        else:
            execution["rows"], execution["scanned"] = selected(sql)
    except Exception as error:  # whatever it is, Athena would say it as a failure
        execution["why"] = str(error)
    (folder / "tables").write_text("\n".join(".".join(name) for name in tables))
    return {"QueryExecutionId": identity}


def looked_at(asked):
    execution = executions[asked["QueryExecutionId"]]
    ended = "CANCELLED" if execution.get("cancelled") else "FAILED" if "why" in execution else "SUCCEEDED"
    state = {"QUEUED": "RUNNING", "RUNNING": ended}
    if execution["state"] in state and not (execution.get("hang") and execution["state"] == "RUNNING"):
        execution["state"] = state[execution["state"]]
    if execution.get("hang"):
        (folder / "waiting").touch()  # somebody waits for it
    status = {"State": execution["state"]}
    if execution["state"] in ("FAILED", "CANCELLED") and "why" in execution:
        status["StateChangeReason"] = execution["why"]
    place = execution["asked"].get("ResultConfiguration", {}).get("OutputLocation", "s3://results/")
    return {"QueryExecution": {"QueryExecutionId": asked["QueryExecutionId"], "Status": status,
                               "ResultConfiguration": {"OutputLocation": f"{place}{asked['QueryExecutionId']}.csv"},
                               "Statistics": {"DataScannedInBytes": execution["scanned"]}}}


def stopped(asked):
    executions[asked["QueryExecutionId"]]["state"] = "CANCELLED"
    return {}


def results(asked):
    at = int(asked.get("NextToken", 0))
    rows = executions[asked["QueryExecutionId"]]["rows"]
    rows = rows[:len(rows) - behave().get("cut", 0)]
    shown = [{"Data": [{} if cell is None else {"VarCharValue": str(cell)} for cell in row]} for row in rows[at:at + PAGE]]
    more = {"NextToken": str(at + PAGE)} if at + PAGE < len(rows) else {}
    return {"ResultSet": {"Rows": shown, "ResultSetMetadata": {"ColumnInfo": []}}, **more}


def group(asked):
    settings = {"EngineVersion": {"EffectiveEngineVersion": "Athena engine version 3"},
                "ResultConfiguration": {"OutputLocation": "s3://results/"}}
    said = {"Name": asked["WorkGroup"], "State": "ENABLED", "Configuration": settings}
    change = behave().get("group", {})
    settings.update(change.pop("Configuration", {}))
    return {"WorkGroup": {**said, **change}}


def trail(asked):
    return {"Trail": {"Name": asked["Name"], "S3BucketName": "trail-bucket", "S3KeyPrefix": "some/prefix"}}


CALLS = {"StartQueryExecution": started, "GetQueryExecution": looked_at, "StopQueryExecution": stopped,
         "GetQueryResults": results, "GetWorkGroup": group, "GetTrail": trail}


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def refused(self, call):
        """Whether it is; then the error is on its way."""
        code, message = behave().get("refuse", {}).get(call, (None, None))
        later = call in behave().get("later", [])
        if code is None or (later and not any("SELECT" in it["asked"]["QueryString"] for it in executions.values())):
            return False
        if call == "ListObjectsV2":
            self.answer(f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>".encode(), "application/xml", 403)
        else:
            self.answer(json.dumps({"__type": code, "message": message}).encode(), "application/x-amz-json-1.1", 400)
        return True

    def throttled(self, call):
        """Whether it comes too soon again; then the error is on its way."""
        throttled[call] = throttled.get(call, 0) + 1
        if throttled[call] > behave().get("throttle", {}).get(call, 0):
            return False
        body = json.dumps({"__type": "ThrottlingException", "message": "Rate exceeded"}).encode()
        self.answer(body, "application/x-amz-json-1.1", 400)
        return True

    def answer(self, body, kind, status=200):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def noted(self, call, asked):
        with open(folder / "asked.jsonl", "a") as file:
            file.write(json.dumps([call, asked]) + "\n")

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        asked = dict(urllib.parse.parse_qsl(url.query))
        self.noted("ListObjectsV2", asked)
        if self.refused("ListObjectsV2"):
            return
        self.answer(listing(url.path.strip("/"), asked).encode(), "application/xml")

    def do_HEAD(self):
        self.noted("HeadBucket", {"Bucket": self.path.strip("/")})
        self.send_response(200)
        self.send_header("x-amz-bucket-region", behave().get("home", "eu-west-1"))
        self.end_headers()

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        call = self.headers["X-Amz-Target"].rsplit(".", 1)[1]
        self.noted(call, asked)
        if self.refused(call) or self.throttled(call):
            return
        self.answer(json.dumps(CALLS[call](asked)).encode(), "application/x-amz-json-1.1")


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
