"""Opens the backtest's page in a headless browser: as a reader would, with hostile names in the logs.

Everything that is asked of the page is compared with report.json beside it, and the page may load nothing, write nothing
on its console, and run nothing that came with the logs. The page of one config, of a coming one beside today's with names
that are long and bite, and one on which nothing happened. Pictures are left in target/page.
"""

import datetime
import json
import os
import pathlib
import subprocess
import sys

from playwright.sync_api import sync_playwright

OUT = pathlib.Path("target/page")
# No helper process of the browser may look for a host.
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]
HOSTILE = "</script><img src=x onerror=document.title='taken'>"


def record(number, name, user, address, at, **more):
    """A CloudTrail record, as far as the page depends on it."""
    return {
        "eventVersion": "1.11", "eventID": f"00000000-0000-4000-8000-{number:012d}", "eventTime": at, "eventName": name,
        "eventSource": "signin.amazonaws.com" if name == "ConsoleLogin" else "iam.amazonaws.com", "awsRegion": "us-east-1",
        "sourceIPAddress": address, "recipientAccountId": "111122223333", "eventType": "AwsApiCall",
        "userIdentity": {"type": "IAMUser", "userName": user, "accountId": "111122223333", "principalId": "AIDAEXAMPLE",
                         "arn": f"arn:aws:iam::111122223333:user/{user}"},
        **more,
    }


def logs():
    """Six weeks: sign-ins in the office's hours and at night, changes of policies, a stranger with a name that bites."""
    number = 0
    for day in range(42):
        date = datetime.date(2026, 9, 14) + datetime.timedelta(days=day)
        for hour in (1, 3, 17) if day % 3 else (2,):
            number += 1
            yield record(number, "ConsoleLogin", "alice", "203.0.113.5", f"{date}T{hour:02d}:05:00Z",
                         responseElements={"ConsoleLogin": "Success"}, additionalEventData={"MFAUsed": "Yes"})
        if day % 5 == 0:
            number += 1
            yield record(number, "AttachUserPolicy", HOSTILE, "198.51.100.7", f"{date}T14:40:00Z")


COMING = """[[schedule]]
timezone = "Europe/Berlin"
windows = [{ days = ["Mon", "Tue", "Wed", "Thu", "Fri"], start = "22:00", end = "06:00" }]
alarms = ["yakei-*"]
[notify]
emails = ["a@example.com"]
[controls]
skip = ["RootUsage"]
thresholds = { ConsoleLogin = 2 }
[[controls.own]]
key = "%s"
title = "%s"
pattern = '{ $.eventName = "AttachUserPolicy" }'
notice = "A policy"
""" % ("EverySingleChangeOfAPolicyOfAUserInAnyAccountOfTheOrganization", HOSTILE * 2)


def compared(page):
    """A coming config beside today's: what changes is told, control by control and in all."""
    (OUT / "coming.toml").write_text(COMING)
    report = backtest(["CONFIG=" + str(OUT / "coming.toml")], "compared")
    controls = report["controls"]
    page.goto((OUT / "compared" / "report.html").resolve().as_uri())
    ask("it says with what it is compared", "beside today's infra/yakei.toml" in page.locator("#facts").inner_text(), True)
    chosen = [each for each in controls if each["chosen"]]
    wanted = [f"today {sum(each['change'][member] for each in chosen):,}" for member in ("alarms_today", "muted_today", "kept_back_today")]
    ask("today's totals", page.locator("#totals small").all_inner_texts(), wanted)
    ask("what becomes another number", page.locator("tr[data-key=ConsoleLogin] .was").all_inner_texts() != [], True)
    ask("a control that goes is switched off", page.locator("tr[data-key=RootUsage] input").is_checked(), False)
    ask("a title that bites is text", (page.locator("main img, main script").count(), page.title()), (0, "Yakei backtest"))
    inside = "Array.from(document.querySelectorAll('#controls td:first-child'), it => it.scrollWidth - it.clientWidth)"
    ask("names that stand out of their cells", max(page.evaluate(inside)), 0)
    page.screenshot(path=OUT / "compared.png", full_page=True)


def younger_zone(page):
    """A zone that the browser does not know yet takes nothing from the page but the local time of its span."""
    text = (OUT / "report.html").read_text().replace('"timezone":"Asia/Tokyo"', '"timezone":"Asia/Younger"')
    (OUT / "zone.html").write_text(text)
    page.goto((OUT / "zone.html").resolve().as_uri())
    ask("the span by UTC", page.locator("#span").inner_text(), "2026-09-14 02:05 UTC to 2026-10-25 17:05 UTC (Asia/Younger)")
    ask("all controls are there", page.locator("#controls tbody tr").count() > 0, True)


def many_files(page):
    """A folder of other logs beside: some are listed, and all are counted."""
    folder = OUT / "many"
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(520):
        (folder / f"{number}.log").write_text("2 111122223333 eni-1 ACCEPT OK\n")
    (folder / "records.jsonl").write_text("".join(json.dumps(each) + "\n" for each in logs()) + "cut o")
    backtest([f"LOGS={folder}"], "many-files")
    page.goto((OUT / "many-files" / "report.html").resolve().as_uri())
    ask("how many are listed", page.locator("#files tbody tr").count(), 500)
    ask("first what gave records", page.locator("#files tbody td").first.inner_text(), "records.jsonl")
    ask("how many more there are", page.locator("#files-more").inner_text(), "And 21 more; report.json lists them all.")
    ask("and all", "521 files not read" in page.locator("#facts").inner_text(), True)


def quiet(page):
    """Nothing happened: that is said, and nothing is drawn from it."""
    folder = OUT / "quiet-logs"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "one.jsonl").write_text(json.dumps(record(1, "DescribeAlarms", "alice", "203.0.113.5", "2026-10-07T10:00:00Z")) + "\n")
    backtest([f"LOGS={folder}"], "quiet")
    page.goto((OUT / "quiet" / "report.html").resolve().as_uri())
    ask("totals of nothing", numbers(page, "#totals b"), [0, 0, 0, 0])
    ask("a map of nothing", numbers(page, "#hours td"), [])
    ask("which is said", page.locator("#hours-note").inner_text(), "There is none: no alarm of these controls.")
    ask("and has no scale", page.locator("#scale [data-heat]").count(), 0)
    ask("nobody", page.locator("#who-more").inner_text(), "Nobody, as far as was read.")
    ask("no place", page.locator("#from-more").inner_text(), "Nowhere, as far as was read.")
    ask("no heading without a table", page.locator("#skipped, #not-asked").count(), 0)
    page.screenshot(path=OUT / "quiet.png", full_page=True)


def backtest(settings=(), out=""):
    """Runs the command that a user runs, over the logs and a file that cannot be read."""
    folder = OUT / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "records.jsonl").write_text("".join(json.dumps(each) + "\n" for each in logs()))
    (folder / "broken.json.gz").write_bytes(b"\x1f\x8b\x08\x00 not gzip at all")
    subprocess.run(["make", "--silent", "backtest", f"LOGS={folder}", f"OUT={OUT / out}", *settings], check=True)
    return json.loads((OUT / out / "report.json").read_text())


def ask(claim, seen, wanted):
    """Fails with both values."""
    if seen != wanted:
        sys.exit(f"page: {claim}: {seen!r}, wanted {wanted!r}")
    print(f"page: {claim}: {seen}")


# Every text beside its background: the ratio that WCAG 2 asks for, 4.5.
FAINT = """() => {
  const parts = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((it) => it / 255).map((it) => (it <= 0.03928 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4))
    .reduce((sum, it, at) => sum + it * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parts(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  return Array.from(document.querySelectorAll("body *")).filter((it) => !it.closest("script, style, tr.off"))
    .filter((it) => Array.from(it.childNodes).some((node) => node.nodeType === 3 && node.textContent.trim()))
    .map((it) => {
      const own = light(parts(getComputedStyle(it)[it.closest("svg") ? "fill" : "color"]));
      const [less, more] = [own, light(behind(it))].sort((a, b) => a - b);
      return [it.textContent.slice(0, 20), ((more + 0.05) / (less + 0.05)).toFixed(2)];
    }).filter(([, ratio]) => ratio < 4.5);
}"""


def readable(page):
    """On each ground, and with a map that has all its colours."""
    for scheme, media in (("light", "screen"), ("dark", "screen"), ("dark", "print")):
        page.emulate_media(color_scheme=scheme, media=media)
        for heat in range(1, 6):
            page.evaluate("heat => document.querySelectorAll('#hours td').forEach(it => { it.dataset.heat = heat; it.textContent = '1'; })", heat)
            ask(f"faint texts of a {scheme} {media} with heat {heat}", page.evaluate(FAINT), [])
    page.emulate_media(color_scheme="light", media="screen")


def numbers(page, selector):
    """The numbers that stand in elements."""
    return [int(text.replace(",", "")) for text in page.locator(selector).all_inner_texts() if text.strip()]


def look(page, report):
    """Goes through the page as a reader would."""
    controls = report["controls"]
    total = lambda member, chosen=controls: sum(each[member] for each in chosen)
    ask("its title", page.title(), "Yakei backtest")
    ask("it lists the controls", page.locator("#controls tbody tr").count(), len(controls))
    ask("its totals", numbers(page, "#totals b"), [total(each) for each in ("alarms", "muted", "kept_back", "events")])
    ask("the map's sum", sum(numbers(page, "#hours td")), total("alarms"))
    open_hours = sum(max(each["business_hours"][day][hour] for each in controls) >= 0.5 for day in range(7) for hour in range(24))
    ask("hours that are drawn as muted", page.locator("#hours td[title*='muted']").count() > 0, open_hours > 0)
    ask("a line for each control", page.locator("#controls svg path.weekly").count(), len(controls))
    ask("the file that was not read", "broken.json.gz" in page.locator("#files").inner_text(), True)
    ask("its records", [each["records"] for each in report["skipped"]], numbers(page, "#files td.number"))
    ask("a hostile name is text", page.locator("main img, main script").count(), 0)
    shown = page.locator("#who").inner_text()
    ask("it is there to be read", "img src" in shown, True)

    page.locator("[data-counts=events]").click()
    ask("the map's sum of events", sum(numbers(page, "#hours td")), total("events"))
    page.locator("[data-counts=alarms]").click()

    left = [each for each in controls if each["key"] != "ConsoleLogin"]
    page.locator("tr[data-key=ConsoleLogin] input").click()
    ask("totals without ConsoleLogin", numbers(page, "#totals b")[0], total("alarms", left))
    ask("the map without it", sum(numbers(page, "#hours td")), total("alarms", left))
    ask("nobody who only signed in", "alice" in page.locator("#who").inner_text(), any(who["who"] == "alice" for each in left for who in each["who"]))
    page.locator("tr[data-key=ConsoleLogin] input").click()
    ask("totals with it again", numbers(page, "#totals b")[0], total("alarms"))

    keys = lambda: [row.get_attribute("data-key") for row in page.locator("#controls tbody tr").all()]
    page.get_by_role("button", name="Control").click()
    ask("sorted by name", keys(), sorted(each["key"] for each in controls))
    page.get_by_role("button", name="Control").click()
    ask("and the other way round", keys(), sorted((each["key"] for each in controls), reverse=True))
    page.get_by_role("button", name="Events", exact=True).last.click()
    events = {each["key"]: each["events"] for each in controls}
    ask("sorted by events", [events[key] for key in keys()], sorted(events.values(), reverse=True))
    ask("the title afterwards", page.title(), "Yakei backtest")


def main():
    report = backtest()
    said, asked = [], []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=os.environ["CHROMIUM"], args=QUIET)
        page = browser.new_page(viewport={"width": 1280, "height": 900}, timezone_id="America/New_York")
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto((OUT / "report.html").resolve().as_uri())
        look(page, report)
        page.screenshot(path=OUT / "light.png", full_page=True)
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size({"width": 400, "height": 800})
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        ask("how far a phone scrolls aside", wide, 0)
        page.screenshot(path=OUT / "dark-phone.png", full_page=True)
        page.emulate_media(color_scheme="light", media="print")
        page.pdf(path=OUT / "print.pdf", format="A4")
        page.emulate_media(media="screen")
        page.set_viewport_size({"width": 1280, "height": 900})
        readable(page)
        younger_zone(page)
        compared(page)
        many_files(page)
        quiet(page)
        browser.close()
    ask("what it loaded beside itself", [url for url in asked if not url.endswith(("/report.html", "/zone.html"))], [])
    ask("what stands on its console", said, [])
    print(f"page: pictures are in {OUT}")


main()
