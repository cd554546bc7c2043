"""The backtest's numbers once more, from the files, by another hand: the patterns read anew, each minute looked at.

    oracle.py LOGS CONFIG REPORT [TODAY] [--names]      exit status 1 and the differences, when there are any

It knows what the tests' configs use: windows, holidays, dates, exact alarm names and prefixes, listed Regions, ignore rules
by an IAM user's name, by network, by event and to a last day. `--names` compares who and where from as well, for records of IAM users alone. From the
report it takes the controls' patterns, periods and thresholds, and nothing that is counted.
"""

import collections
import datetime
import fnmatch
import gzip
import ipaddress
import json
import math
import pathlib
import re
import sys
import tomllib
import zoneinfo

UTC = datetime.timezone.utc
DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
TOKEN = re.compile(r'\s*(\(|\)|&&|\|\||!=|<=|>=|=|<|>|"(?:[^"\\]|\\.)*"|[^\s()=!<>&|"]+)')


class Pattern:
    """A JSON filter pattern, read by recursive descent into a function of a record."""

    def __init__(self, text):
        self.tokens = TOKEN.findall(text.strip().removeprefix("{").removesuffix("}"))
        self.at = 0
        self.test = self.any()
        assert self.at == len(self.tokens), (text, self.tokens[self.at:])

    def next(self):
        self.at += 1
        return self.tokens[self.at - 1]

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def joined(self, operator, part, how):
        parts = [part()]
        while self.peek() == operator:
            self.next()
            parts.append(part())
        return lambda record: how(each(record) for each in parts)

    def any(self):
        return self.joined("||", self.all, any)

    def all(self):
        return self.joined("&&", self.one, all)

    def one(self):
        if self.peek() == "(":
            self.next()
            inner = self.any()
            assert self.next() == ")"
            return inner
        selector, operator = self.next(), self.next()
        names = [int(it[1:-1]) if it[0] == "[" else it for it in re.findall(r"[^.\[]+|\[\d+\]", selector.removeprefix("$."))]
        assert selector.startswith("$.") and "'" not in selector and "*" not in names[:-1], selector
        if operator in ("NOT", "IS"):
            what = self.next()
            wanted = {"NULL": None, "TRUE": True, "FALSE": False}
            if operator == "NOT":
                return lambda record: self.value(record, names)[0] is False
            return lambda record: (lambda found: found[0] and found[1] is wanted[what])(self.value(record, names))
        word = self.next()
        text = re.sub(r"\\(.)", r"\1", word[1:-1]) if word.startswith('"') else word
        if names[-1] == "*":  # one of them all
            assert operator == "=", selector
            def some(record):
                there, value = self.value(record, names[:-1])
                within = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
                return there and any(self.equal((True, it), text, True) for it in within)
            return some
        if operator in ("=", "!="):
            return lambda record: self.equal(self.value(record, names), text, operator == "=")
        number = float(word)
        order = {"<": lambda a: a < number, "<=": lambda a: a <= number, ">": lambda a: a > number, ">=": lambda a: a >= number}[operator]
        def compared(record):
            there, value = self.value(record, names)
            return there and isinstance(value, (int, float)) and not isinstance(value, bool) and order(value)
        return compared

    @staticmethod
    def value(record, names):
        for name in names:
            inside = isinstance(record, list) and name < len(record) if isinstance(name, int) else isinstance(record, dict) and name in record
            if not inside:
                return False, None
            record = record[name]
        return True, record

    @staticmethod
    def equal(found, text, wanted):
        there, value = found
        if not there or isinstance(value, (dict, list, bool)) or value is None:
            return False
        shown = value if isinstance(value, str) else json.dumps(value)
        parts = re.escape(text).replace(r"\*", ".*") if text[:1] == "*" or text[-1:] == "*" else re.escape(text)
        return (re.fullmatch(parts, shown, re.S) is not None) == wanted


def records(root):
    """The records of all files, as they come; what is Insights' or a digest is left out."""
    for path in sorted(root.rglob("*")) if root.is_dir() else [root]:
        if path.is_dir() or {"CloudTrail-Insight", "CloudTrail-Digest"} & set(path.parts):
            continue
        data = path.read_bytes()
        text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode()
        try:
            whole = json.loads(text)
            yield from whole["Records"] if "Records" in whole else [whole]
        except json.JSONDecodeError:
            yield from (json.loads(line) for line in text.splitlines() if line.strip())


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


class Config:
    """What a config says of hours and of what is ignored."""

    def __init__(self, path):
        said = tomllib.loads(pathlib.Path(path).read_text())
        self.schedules = said["schedule"]
        self.ignore = said.get("notify", {}).get("ignore", [])
        self.known = said.get("notify", {}).get("known", [])
        self.zone = zoneinfo.ZoneInfo(said["notify"]["timezone"] if "timezone" in said.get("notify", {}) else said["schedule"][0]["timezone"])
        self.regions = said.get("trail", {}).get("regions")
        self.name = said.get("name", "yakei")
        self.hours = {}
        self.own = {it["key"]: it for it in said.get("controls", {}).get("own", [])}

    def sees(self, region):
        return self.regions in (None, ["all"]) or region in self.regions

    def naming(self, key):
        return [] if key == "MonitoringChanges" else [it for it in self.schedules if any(
            fnmatch.fnmatchcase(f"{self.name}-{key}", wanted) for wanted in it.get("alarms", [f"{self.name}-ConsoleLogin"]))]

    def mutes(self, key, at):
        naming = self.naming(key)
        return bool(naming) and all(self.inside(it, at) for it in naming)

    def ordinary_hours(self, key, zone, last):
        """The share of each hour that is muted in the week of the last record, as if it had no holidays or dates."""
        naming, hours = self.naming(key), self.hours  # the same for all controls of the same schedules
        place = tuple(map(id, naming))
        if place in hours:
            return hours[place]
        monday = last.astimezone(zone).date() - datetime.timedelta(days=last.astimezone(zone).weekday())
        def share(day, hour):
            readings = [datetime.datetime.combine(monday + datetime.timedelta(days=day), datetime.time(hour, it), zone) for it in range(60)]
            muted = (bool(naming) and all(self.inside(schedule, it.astimezone(UTC), ordinary=True) for schedule in naming) for it in readings)
            return sum(muted) / 60
        hours[place] = [[share(day, hour) for hour in range(24)] for day in range(7)]
        return hours[place]

    @staticmethod
    def inside(schedule, at, ordinary=False):
        local = at.astimezone(zoneinfo.ZoneInfo(schedule["timezone"]))
        minutes = lambda text: 60 * int(text[:2]) + int(text[3:])
        reading = 60 * local.hour + local.minute
        for back in (0, 1):
            day = local.date() - datetime.timedelta(days=back)
            windows = [it for it in schedule["windows"] if DAYS[day.weekday()] in it["days"]]
            if str(day) in schedule.get("holidays", []) and not ordinary:
                windows = []
            for window in windows if ordinary else schedule.get("dates", {}).get(str(day), windows):
                start, end = minutes(window["start"]), minutes(window["end"])
                end += 1440 if end <= start else 0
                if start <= reading + 1440 * back < end:
                    return True
        return False

    def ignores(self, record):
        user = record.get("userIdentity", {}).get("userName")
        if record.get("errorMessage") and record.get("eventName") == "ConsoleLogin":
            user = None  # a name that anybody typed
        def means(rule):
            return ("who" not in rule or rule["who"] == user) and ("source_ip" not in rule or within(record, [rule["source_ip"]])) \
                and ("event" not in rule or rule["event"] == record["eventName"]) \
                and ("until" not in rule or str(instant(record["eventTime"]).astimezone(self.zone).date()) <= rule["until"])
        return any(means(rule) for rule in self.ignore)

    def network(self, record):
        return next((it["name"] for it in self.known if within(record, it["source_ip"])), None)


def within(record, networks):
    try:
        address = ipaddress.ip_address(record["sourceIPAddress"])
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(it) for it in networks)


def alarms(minutes, period, threshold):
    """The instants at which an alarm goes off, looking at every minute: minutes are numbers since 1970 with their events."""
    if not minutes:
        return []
    length, alarm, found, counts = max(1, period // 60), False, [], collections.Counter(minutes)
    sums, first, last = [0], min(counts), max(counts)
    for minute in range(first - 3 * length, last + 3 * length + 2):
        sums.append(sums[-1] + counts.get(minute, 0))
    between = lambda start, end: sums[end - first + 3 * length] - sums[start - first + 3 * length]
    for end in range(first + 1, last + 3 * length + 2):
        here = between(max(end - length, first - 3 * length), end)
        if here == 0:
            alarm = alarm and between(max(end - 3 * length, first - 3 * length), end) > 0
            continue
        if here >= threshold and not alarm:
            found.append(end)
        alarm = here >= threshold
    return found


def judged(config, control, period, threshold, matching):
    """Alarms, and which of them are muted and kept back."""
    by_metric = collections.defaultdict(list)
    for minute, record in matching:
        if minute is not None and config.sees(record.get("awsRegion", "")):
            by_metric[record.get("awsRegion") if config.regions else ""].append((minute, record))
    went = []
    for events in by_metric.values():
        for end in alarms([minute for minute, _ in events], period, threshold):
            at = datetime.datetime.fromtimestamp(end * 60, UTC)
            muted = config.mutes(control["key"], at)
            of_window = [record for minute, record in events if end - max(1, period // 60) <= minute < end]
            ignored = control["key"] != "MonitoringChanges" and all(map(config.ignores, of_window))
            went.append((at, muted, not muted and ignored))
    return went


def halving(config, control, matching):
    now = len(judged(config, control, control["period_seconds"], control["threshold"], matching))
    for threshold in range(math.ceil(control["threshold"]) + 1, len(matching) + 2) if now else []:
        if 2 * len(judged(config, control, control["period_seconds"], threshold, matching)) <= now:
            return threshold
    return None


def grid(instants, zone):
    hours = [[0] * 24 for _ in range(7)]
    for at in instants:
        local = at.astimezone(zone)
        hours[local.weekday()][local.hour] += 1
    return hours


def counted(config, today, control, matching, every, zone, span, names):
    seen = [(minute, record) for minute, record in matching if minute is None or config.sees(record.get("awsRegion", ""))]
    went = judged(config, control, control["period_seconds"], control["threshold"], matching) if control["chosen"] else []
    times = [instant(record["eventTime"]) for minute, record in seen if minute is not None]
    monday = lambda at: (lambda day: day - datetime.timedelta(days=day.weekday()))(at.astimezone(zone).date())
    weeks, week = {}, monday(span[0])
    while week <= span[1].astimezone(zone).date():
        weeks[week] = [0, 0, 0]
        week += datetime.timedelta(days=7)
    for at in times:
        weeks[monday(at)][0] += 1
    for at, muted, _ in went:
        weeks.setdefault(monday(at), [0, 0, 0])
        weeks[monday(at)][1] += 1
        weeks[monday(at)][2] += muted
    wanted = {
        "events": len(seen), "alarms": len(went), "muted": sum(it[1] for it in went), "kept_back": sum(it[2] for it in went),
        "by_hour": grid([it[0] for it in went], zone), "events_by_hour": grid(times, zone),
        "weeks": [{"from": str(day), "events": a, "alarms": b, "muted": c} for day, (a, b, c) in sorted(weeks.items())],
        "halving_threshold": halving(config, control, matching) if control["chosen"] else None,
    }
    if control["chosen"]:
        wanted["business_hours"] = config.ordinary_hours(control["key"], zone, span[1])
    if today is not None and control["change"] is not None and control["change"]["threshold_today"] is not None:
        period, then_matching, own = control["period_seconds"], matching, today.own.get(control["key"])
        if own:  # the same key, and maybe another control
            pattern, period = Pattern(own["pattern"]), own["period"]
            then_matching = [it for it in every if pattern.test(it[1])]
        then = judged(today, control, period, control["change"]["threshold_today"], then_matching)
        wanted["change"] = {"threshold_today": control["change"]["threshold_today"], "alarms_today": len(then),
                            "muted_today": sum(it[1] for it in then), "kept_back_today": sum(it[2] for it in then)}
    if names:
        most = lambda counts: sorted(counts.items(), key=lambda it: (-it[1], it[0][0], it[0][1] or ""))
        who = most(collections.Counter((record["userIdentity"]["userName"], "") for _, record in seen))
        place = most(collections.Counter((record["sourceIPAddress"], config.network(record)) for _, record in seen))
        wanted["who"] = [{"who": it[0], "count": count} for it, count in who[:20]]
        wanted["from"] = [{"source_ip": it[0], "network": it[1], "count": count} for it, count in place[:20]]
        wanted |= {"who_more": max(0, len(who) - 20), "from_more": max(0, len(place) - 20)}
    return wanted


def main(logs, config, report, today=None, *, names=False):
    report, config = json.loads(pathlib.Path(report).read_text()), Config(config)
    today = Config(today) if today else None
    zone, seen, different, duplicates, too_long, times = zoneinfo.ZoneInfo(report["timezone"]), set(), 0, 0, 0, set()
    patterns = {control["key"]: [Pattern(line) for line in control["pattern"].split("\n")] for control in report["controls"]}
    matching, every = {key: [] for key in patterns}, []
    for record in records(pathlib.Path(logs)):
        if len(json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode()) > 256 * 1024:
            too_long += 1
            continue
        times.add(record.get("eventTime"))
        if record.get("eventID") in seen:
            duplicates += 1
            continue
        seen |= {record["eventID"]} if record.get("eventID") else set()
        time = record.get("eventTime")
        different += 1
        minute = int(instant(time).timestamp()) // 60 if time else None
        every.append((minute, record))
        for key in (key for key, all_of in patterns.items() if any(it.test(record) for it in all_of)):
            matching[key].append((minute, record))
    span = [instant(it) for it in (min(filter(None, times)), max(filter(None, times)))]
    wrong = []
    for member, wanted in {"records": different, "duplicates": duplicates, "too_long": too_long}.items():
        if report[member] != wanted:
            wrong.append(f"{member}: {report[member]}, wanted {wanted}")
    if [instant(report["from"]), instant(report["to"])] != span:
        wrong.append(f"from, to: {report['from']}, {report['to']}, wanted {span}")
    for control in report["controls"]:
        for member, wanted in counted(config, today, control, matching[control["key"]], every, zone, span, names).items():
            if control[member] != wanted:
                wrong.append(f"{control['key']}.{member}: {control[member]}, wanted {wanted}")
    total = {it: sum(control[it] for control in report["controls"]) for it in ("events", "alarms", "muted", "kept_back")}
    print(f"{len(report['controls'])} controls, {report['records']} records, {total}: {len(wrong)} differences")
    print("\n".join(wrong))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(*(it for it in sys.argv[1:] if it != "--names"), names="--names" in sys.argv))
