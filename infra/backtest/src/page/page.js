// Draws the report that stands in this page. Its text is chosen by strangers: it goes in by textContent and nowhere else.
"use strict";

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const report = JSON.parse(document.getElementById("report").textContent);
// The report in this page lists the first of them.
const skipped = Number(document.body.dataset.skipped);
const off = new Set(report.controls.filter((control) => !control.chosen).map((control) => control.key));
const view = { counts: "alarms", by: "alarms", down: true };

const at = (id) => document.getElementById(id);
const number = (value) => value.toLocaleString("en-US");
const plural = (count, one) => `${number(count)} ${one}${count === 1 ? "" : "s"}`;
const on = () => report.controls.filter((control) => !off.has(control.key));
const sum = (list, of) => list.reduce((total, item) => total + of(item), 0);

/** An element with attributes (`text` is its content) and children. */
function make(name, attributes = {}, ...children) {
  const svg = ["svg", "path", "circle", "text", "title"].includes(name);
  const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "text") element.textContent = value;
    else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== null && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

function head() {
  const shown = (instant, timeZone) => new Date(instant).toLocaleString("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" });
  const day = (instant) => {
    try {
      return shown(instant, report.timezone);
    } catch { // a zone that is younger than the browser
      return `${shown(instant, "UTC")} UTC`;
    }
  };
  at("span").textContent = report.from === null ? "No event had a time." : `${day(report.from)} to ${day(report.to)} (${report.timezone})`;
  const facts = [
    report.source === "athena" ? `${plural(report.records, "record")} by Athena` : `${plural(report.records, "record")} from ${plural(report.files, "file")}`,
    `${plural(report.duplicates, "record")} there more than once and counted once`,
    `${plural(skipped, "file")} not read, or not to the end`,
    report.today === null ? `config: ${report.config}` : `config: ${report.config}, beside today's ${report.today}`,
  ];
  const others = report.insight_files + report.digest_files;
  if (others > 0) facts.splice(3, 0, `${plural(others, "file")} of CloudTrail's own that hold no calls`);
  if (report.not_asked.length > 0) facts.splice(3, 0, `${plural(report.not_asked.length, "control")} not asked for, of which nothing is known`);
  if (report.too_long > 0) facts.splice(2, 0, `${plural(report.too_long, "record")} too long for CloudWatch Logs, which set off nothing`);
  at("facts").append(...facts.map((text) => make("li", { text })));
  at("made").textContent = `${report.schema}. An alarm is one time that a control's alarm would have gone off. Muted: within the
    schedule's hours. Kept back: not muted, and everything in its notice stands under [[notify.ignore]]. Times are those of the events.`;
}

function totals() {
  const chosen = on();
  const alarms = sum(chosen, (control) => control.alarms);
  const today = (of) => sum(chosen.filter((control) => control.change), (control) => of(control.change));
  const tiles = [
    ["alarms", alarms, today((change) => change.alarms_today)],
    ["of them muted by a schedule", sum(chosen, (control) => control.muted), today((change) => change.muted_today)],
    ["of the others kept back as ignored", sum(chosen, (control) => control.kept_back), today((change) => change.kept_back_today)],
    ["matching events", sum(chosen, (control) => control.events), null],
  ];
  const was = (count) => (report.today === null || count === null ? [] : [make("small", { text: `today ${number(count)}` })]);
  at("totals").replaceChildren(...tiles.map(([name, count, then]) => make("div", {}, make("b", { text: number(count) }), name, ...was(then))));
}

/** The highest count of each of five steps: by square roots, so that few stand apart from none, and many from more. */
const steps = (most) => [1, 2, 3, 4, 5].map((heat) => Math.floor(most * (heat / 5) ** 2 + 1e-9));

/** Which of them a count is. */
const step = (count, most) => (count === 0 ? 0 : 1 + steps(most).findIndex((upTo) => count <= upTo));

function hours() {
  const chosen = on();
  const member = view.counts === "alarms" ? "by_hour" : "events_by_hour";
  const count = (day, hour) => sum(chosen, (control) => control[member][day][hour]);
  const open = (day, hour) => Math.max(0, ...chosen.map((control) => control.business_hours[day]?.[hour] ?? 0));
  const inside = (day, hour) => open(day, hour) >= 0.5;
  const most = Math.max(0, ...DAYS.flatMap((_, day) => Array.from({ length: 24 }, (_, hour) => count(day, hour))));
  const cell = (day, hour) => {
    const edges = inside(day, hour)
      ? [["top", day - 1, hour], ["bottom", day + 1, hour], ["left", day, hour - 1], ["right", day, hour + 1]]
        .filter(([, d, h]) => d < 0 || d > 6 || h < 0 || h > 23 || !inside(d, h)).map(([name]) => name)
      : [];
    const here = count(day, hour);
    const muted = Math.round(100 * open(day, hour));
    const said = `${DAYS[day]} ${String(hour).padStart(2, "0")}:00, ${plural(here, view.counts.slice(0, -1))}${muted ? `, ${muted} % of the hour muted for at least one control` : ""}`;
    return make("td", { class: edges.join(" ") || null, "data-heat": step(here, most), title: said, "aria-label": said, text: here ? number(here) : "" });
  };
  const top = make("tr", {}, make("th"), ...Array.from({ length: 24 }, (_, hour) => make("th", { scope: "col", text: String(hour).padStart(2, "0") })));
  const rows = DAYS.map((name, day) => make("tr", {}, make("th", { scope: "row", text: name }), ...Array.from({ length: 24 }, (_, hour) => cell(day, hour))));
  at("hours").replaceChildren(make("thead", {}, top), make("tbody", {}, ...rows));
  const what = view.counts === "alarms" ? "the alarms would have gone off" : "the matching events happened";
  at("hours-note").textContent = most === 0 ? `There is none: no ${view.counts.slice(0, -1)} of these controls.` : `When ${what}, in ${report.timezone}.`;

  const legend = steps(most).map((upTo, at, all) => {
    const above = at === 0 ? 1 : all[at - 1] + 1;
    return upTo < above ? null : make("span", {}, make("i", { "data-heat": at + 1 }), above === upTo ? number(upTo) : `${number(above)} to ${number(upTo)}`);
  });
  const windows = DAYS.some((_, day) => Array.from({ length: 24 }, (_, hour) => inside(day, hour)).some(Boolean));
  at("scale").replaceChildren(...legend.filter(Boolean), ...(windows ? [make("span", {}, make("i", { class: "window" }), "business hours: at least one of these controls is muted")] : []));
}

/** A control's alarms by week; those that a schedule mutes as a dashed line. */
function line(control) {
  const weeks = control.weeks;
  const [width, height, left] = [150, 30, 2];
  const most = Math.max(1, ...weeks.map((week) => week.alarms));
  const x = (index) => left + (weeks.length < 2 ? width / 2 : (index * (width - 2 * left)) / (weeks.length - 1));
  const y = (value) => height - 3 - ((height - 12) * value) / most;
  const path = (of) => weeks.map((week, index) => `${index ? "L" : "M"}${x(index).toFixed(1)} ${y(of(week)).toFixed(1)}`).join("");
  const svg = make("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `alarms of ${control.key} by week, at most ${most} in one` });
  svg.append(make("path", { class: "quiet", d: path((week) => week.muted) }), make("path", { class: "weekly", d: path((week) => week.alarms) }));
  weeks.forEach((week, index) => svg.append(make("circle", { class: "week", cx: x(index).toFixed(1), cy: y(week.alarms).toFixed(1), r: 2 },
    make("title", { text: `week of ${week.from}: ${plural(week.alarms, "alarm")}, ${number(week.muted)} muted, ${plural(week.events, "event")}` }))));
  const peak = weeks.findIndex((week) => week.alarms === most);
  if (peak >= 0) svg.append(make("text", { x: x(peak), y: 8, "text-anchor": peak * 2 > weeks.length ? "end" : "start", text: number(most) }));
  return svg;
}

const COLUMNS = [
  { name: "Control", of: (control) => control.key },
  { name: "Severity", of: (control) => ["critical", "high", "medium", "low"].indexOf(control.severity), text: (control) => control.severity ?? "" },
  { name: "Events", of: (control) => control.events, number: true },
  { name: "Alarms", id: "alarms", of: (control) => control.alarms, number: true, was: (change) => change.alarms_today },
  { name: "Muted", of: (control) => control.muted, number: true, was: (change) => change.muted_today },
  { name: "Kept back", of: (control) => control.kept_back, number: true, was: (change) => change.kept_back_today },
  { name: "Threshold", of: (control) => control.threshold, number: true, was: (change) => change.threshold_today },
  { name: "Halved at", of: (control) => control.halving_threshold ?? Infinity, text: (control) => (control.halving_threshold === null ? "–" : number(control.halving_threshold)), number: true },
];

function controls() {
  const column = COLUMNS.find((each) => (each.id ?? each.name) === view.by);
  const before = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  const sorted = [...report.controls].sort((a, b) => (view.down ? -1 : 1) * before(column.of(a), column.of(b)) || before(a.key, b.key));
  const heading = (each) => make("th", { scope: "col", class: each.number ? "number" : null, "aria-sort": each === column ? (view.down ? "descending" : "ascending") : null },
    make("button", { type: "button", text: each.name, onclick: () => sort(each) }));
  const head = make("tr", {}, ...COLUMNS.map(heading), make("th", { scope: "col", text: "By week" }));
  at("controls").replaceChildren(make("thead", {}, head), make("tbody", {}, ...sorted.map(row)));
}

function row(control) {
  const box = make("input", { type: "checkbox", onchange: () => flip(control.key) });
  box.checked = !off.has(control.key);
  const title = control.chosen ? control.title : `${control.title} (in today's config alone)`;
  const name = make("span", { title: control.pattern }, control.key, make("small", { text: title }));
  if (control.undated > 0) name.append(make("small", { class: "notice", text: `${plural(control.undated, "event")} without a time, in no period` }));
  if (control.left_open > 0) name.append(make("small", { class: "notice", text: `${plural(control.left_open, "event")} left open, in no number: Athena does not keep what the pattern compares` }));
  const cells = COLUMNS.slice(1).map((each) => {
    const cell = make("td", { class: each.number ? "number" : null, text: each.text ? each.text(control) : number(each.of(control)) });
    const was = each.was && control.change ? each.was(control.change) : null;
    if (control.change && each.was && was !== each.of(control)) cell.append(make("span", { class: "was", text: was === null ? "today none" : `today ${number(was)}` }));
    return cell;
  });
  return make("tr", { class: off.has(control.key) ? "off" : null, "data-key": control.key }, make("td", {}, make("label", {}, box, name)), ...cells, make("td", {}, line(control)));
}

function sort(column) {
  const by = column.id ?? column.name;
  view.down = view.by === by ? !view.down : Boolean(column.number);
  view.by = by;
  controls();
  [...at("controls").querySelectorAll("thead button")][COLUMNS.indexOf(column)].focus();
}

function flip(key) {
  if (!off.delete(key)) off.add(key);
  at("controls").querySelector(`tr[data-key="${CSS.escape(key)}"]`).classList.toggle("off", off.has(key));
  figures();
}

/** The most frequent names of a list over all controls that are switched on. */
function bars(id, lists, name, more) {
  const counts = new Map();
  for (const entry of lists.flat()) counts.set(name(entry), (counts.get(name(entry)) ?? 0) + entry.count);
  const sorted = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 20);
  const most = Math.max(1, ...sorted.map(([, count]) => count));
  at(id).replaceChildren(...sorted.map(([text, count]) => {
    const bar = make("span", { class: "bar" });
    bar.style.width = `${(100 * count) / most}%`;
    return make("li", {}, make("span", { class: "name", text }), make("span", { class: "count", text: number(count) }), bar);
  }));
  const left = counts.size - sorted.length;
  const texts = [];
  if (sorted.length === 0) texts.push(`${id === "who" ? "Nobody" : "Nowhere"}, as far as was read.`);
  if (left > 0) texts.push(`${number(left)} more in the controls' own lists.`);
  if (more > 0) texts.push("Each control lists its twenty most frequent; rarer ones are counted in it but not named, so that a name's sum here may be short.");
  at(`${id}-more`).textContent = texts.join(" ");
}

/** An address with its network's name. */
function address({ network, source_ip: ip }) {
  if (ip === "") return "(no address in the record)";
  return network === null ? ip : `${network} (${ip})`;
}

function figures() {
  totals();
  hours();
  const chosen = on();
  bars("who", chosen.map((control) => control.who), (entry) => entry.who, sum(chosen, (control) => control.who_more));
  bars("from", chosen.map((control) => control.from), address, sum(chosen, (control) => control.from_more));
}

/** What nothing is known of. */
function notAsked() {
  if (report.not_asked.length === 0) return at("not-asked").remove();
  const names = ["Control", "Config", "Why"];
  const head = make("tr", {}, ...names.map((text) => make("th", { scope: "col", text })));
  const rows = report.not_asked.map((each) => make("tr", {}, ...[each.key, each.config, each.why].map((text) => make("td", { text }))));
  at("unknown").append(make("thead", {}, head), make("tbody", {}, ...rows));
}

function files() {
  if (report.skipped.length === 0) return at("skipped").remove();
  const head = make("tr", {}, make("th", { scope: "col", text: "File" }), make("th", { scope: "col", text: "Why" }), make("th", { scope: "col", class: "number", text: "Records read" }));
  const rows = report.skipped.map(({ file, why, records }) =>
    make("tr", {}, make("td", { text: file }), make("td", { text: why }), make("td", { class: "number", text: number(records) })));
  at("files").append(make("thead", {}, head), make("tbody", {}, ...rows));
  const more = skipped - rows.length;
  at("files-more").textContent = more > 0 ? `And ${number(more)} more; report.json lists them all.` : "";
}

for (const button of document.querySelectorAll("[data-counts]")) {
  button.addEventListener("click", () => {
    view.counts = button.dataset.counts;
    for (const each of document.querySelectorAll("[data-counts]")) each.setAttribute("aria-pressed", String(each === button));
    hours();
  });
}
head();
controls();
figures();
notAsked();
files();
