"""The catalogue's first fourteen patterns over the same records: our matcher, jq, jaq, and Python that parses JSON.

Peers are run where they are there: jq of the system, jaq of `.tools/jaq`. Each counts what matches; a count that differs is
an error, for then the comparison means nothing. CPU seconds are those of the child, start included.
"""
import json
import re
import resource
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
OUT = Path(sys.argv[1])
FIXTURE = ROOT / "functions/shared/filter-pattern/tests/fixtures/cis.json"
REAL = ROOT / "functions/shared/core/tests/fixtures/cloudtrail-real.jsonl"
RECORDS = 20_000


def patterns():
    entries = json.loads(FIXTURE.read_text())
    return [entry["pattern"] for entry in entries if entry["form"] == "recommended"][:14]


def to_jq(pattern):
    """The patterns' own operators only: equality with and without a wildcard, both ways, and NOT EXISTS."""

    def condition(found):
        path, operator, value = found["path"], found["operator"], found["value"]
        member = "(" + "".join(f'|.["{name}"]?' for name in path.split("."))[1:] + ")"
        if found["missing"]:
            return f"({member} == null)"
        value = value if value.startswith('"') else json.dumps(value)
        text = json.loads(value)
        there = f"({member} != null)"
        same = f"{member} == {value}"
        if "*" in text:
            expression = json.dumps("^" + ".*".join(map(re.escape, text.split("*"))) + "$")
            same = f"({member}|tostring|test({expression}))"
        return f"({there} and ({same}))" if operator == "=" else f"({there} and (({same})|not))"

    matcher = r'\$\.(?P<path>[\w.]+)\s*(?:(?P<missing>NOT EXISTS)|(?P<operator>!?=)\s*(?P<value>"[^"]*"|[^\s)&|}]+))'
    text = re.sub(matcher, condition, pattern.strip()[1:-1])
    return text.replace("&&", " and ").replace("||", " or ")


def cpu(command, **more):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, check=True, capture_output=True, text=True, **more)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done.stdout, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def tell(what, ours_a_second, seconds):
    a_second = RECORDS / seconds
    print(f"{what}: {a_second:,.0f}; ours is {ours_a_second / a_second:,.1f} times that")


def main():
    lines = [line for line in REAL.read_text().splitlines() if line.startswith("{")]
    records = OUT / "records.jsonl"
    records.write_text("".join(lines[n % len(lines)] + "\n" for n in range(RECORDS)))
    size = records.stat().st_size
    print(f"{RECORDS:,} real records, repeated, of {size // RECORDS:,} bytes; 14 patterns; one thread, CPU seconds")
    output, _ = cpu([ROOT / "target/release/examples/throughput", records, "set"])
    ours = int(re.search(r"(\d+) of them match", output)[1])
    speed = re.search(r"one pass \(PatternSet\)\s+(\S+)", output)
    ours_a_second = float(speed[1])
    print(f"yakei's filter-pattern, records in memory: {ours_a_second:,.0f} records a CPU second")
    program = "[inputs | select(" + " or ".join(f"({to_jq(pattern)})" for pattern in patterns()) + ")] | length"
    jaq = ROOT / ".tools/jaq/bin/jaq"
    peers = [("jq", shutil.which("jq")), ("jaq", str(jaq) if jaq.exists() else None)]
    for name, path in peers:
        if not path:
            print(f"{name}: NOT RUN, it is not there")
            continue
        version = subprocess.run([path, "--version"], capture_output=True, text=True).stdout.strip()
        output, seconds = cpu([path, "-n", program, str(records)])
        if int(output) != ours:
            sys.exit(f"{name} counts {output.strip()}, we {ours}: they do not mean the same")
        tell(f"{version}, the same patterns as its program, from the file", ours_a_second, seconds)
    load = "import json,sys\nfor line in open(sys.argv[1]): json.loads(line)"
    _, seconds = cpu([sys.executable, "-c", load, str(records)])
    tell(f"Python {sys.version.split()[0]}, json.loads alone, from the file", ours_a_second, seconds)
    print(f"{ours:,} of them match, by all that were asked")


main()
