"""Writes what the tests know as first input for the fuzz targets, a file each.

    python3 tests/fuzz/seeds.py CHECKOUT FOLDER
"""

import gzip
import hashlib
import json
import re
import sys
from pathlib import Path

CALENDAR = """BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:test\r
BEGIN:VEVENT\r
UID:1\r
DTSTAMP:20260101T000000Z\r
DTSTART;VALUE=DATE:20261229\r
DTEND;VALUE=DATE:20270104\r
SUMMARY:New Year\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:2\r
DTSTART;TZID=Asia/Tokyo:20261224T000000\r
DURATION:P1D\r
RRULE:FREQ=YEARLY;BYMONTH=12;BYDAY=4TH;UNTIL=20301231\r
EXDATE:20271224\r
END:VEVENT\r
END:VCALENDAR\r
"""


def texts(value):
    """Every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from texts(one)


def lines(path):
    return [line for line in path.read_text().splitlines() if line and not line.startswith("#")]


def logs(records):
    """A few records in each form of file, behind the byte that says how the target is to pack it."""
    few = records[:8]
    wrapped = '{"Records":[' + ",".join(few) + "]}"
    forms = [wrapped, "\n".join(few) + "\n", f"[{','.join(few)}]", json.dumps(json.loads(few[0]), indent=1), '{"Records":[]}']
    packed = [gzip.compress(form.encode(), mtime=0) for form in forms]
    damaged = [packed[0][: len(packed[0]) // 2], packed[0] + b"x", packed[1] + packed[1]]
    return [bytes([byte]) + form.encode() for form in forms for byte in range(4)] + [b"\0" + it for it in packed + damaged]


def main(root, folder):
    shared = root / "functions/shared"
    fixtures = shared / "filter-pattern/tests/fixtures"
    records = lines(shared / "core/tests/fixtures/cloudtrail-real.jsonl")
    patterns = {text for file in sorted(fixtures.glob("*.json")) for text in texts(json.loads(file.read_text()))}
    bodies = [json.loads(line).get("message") for line in lines(shared / "core/tests/fixtures/alarm-bodies.jsonl")]
    config = (root / "infra/yakei.toml").read_text()
    seeds = {
        "pattern": [f"{pattern}\n{record}" for pattern in sorted(patterns) for record in records[:1]],
        "record": records + ["\n".join(records)],
        "alarm": [body if isinstance(body, str) else json.dumps(body) for body in bodies],
        # As it is, and with every example in its comments switched on.
        "config": [config, re.sub(r"(?m)^# (?=[\w.]+ *= |\[)", "", config)],
        "ics": [CALENDAR],
        "logs": logs(records),
    }
    for target, inputs in seeds.items():
        into = folder / target
        into.mkdir(parents=True, exist_ok=True)
        for text in inputs:
            data = text if isinstance(text, bytes) else text.encode()
            (into / hashlib.sha1(data).hexdigest()).write_bytes(data)


main(Path(sys.argv[1]), Path(sys.argv[2]))
