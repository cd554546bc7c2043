//! What a run of the bootstrapper found or did, as a table for people.
//!
//! Everything that AWS said is cleaned before it is shown: a table has one line for one thing, whatever a name holds.

use std::fmt::Write as _;

use crate::drill::Drilled;
use crate::plan::{Action, Change, Cost, Summary, Why, ways_out};
use crate::text::clean;
use crate::verify::{Link, Tally, Verdict};

/// Longest text of a cell.
const CELL: usize = 240;

/// Plan and apply: what is to be done or was done, what is not ours, what failed and what waits; not what is right
/// already. The last line counts all of it.
pub fn changes(changes: &[Change]) -> String {
    let shown: Vec<&Change> = changes.iter().filter(|change| is_told(change)).collect();
    let mut table = Table::new(["CHANGE", "REGION", "RESOURCE", "DETAIL"]);
    for change in shown {
        let (word, mend) = match &change.problem {
            Some(problem) => ("FAILED".to_owned(), problem.mend.clone()),
            None if change.why == Why::InTheWay => (word(change).to_owned(), ways_out(change)),
            None => (word(change).to_owned(), String::new()),
        };
        let detail = change
            .problem
            .as_ref()
            .map_or_else(|| change.detail.clone(), |problem| format!("{}: {}", problem.code, problem.message));
        table.row([&word, &change.key.region, &change.key.to_string(), &detail], &mend);
    }
    let Summary { create, update, delete, none, waits, warnings, foreign, failed } = Summary::of(changes);
    let unless_none = |count: usize, word: &str| if count == 0 { String::new() } else { format!(" {count} {word},") };
    let (delete, waits) = (unless_none(delete, "delete"), unless_none(waits, "waiting"));
    let warnings = unless_none(warnings, "warnings");
    table.ending(&format!(
        "{create} create, {update} update,{delete} {none} none,{waits}{warnings} {foreign} foreign, {failed} failed"
    ))
}

/// The same with what it costs besides, a line each: of a plan what the config asks for, of an apply what it made.
pub fn plan(all: &[Change], costs: &[Cost]) -> String {
    let mut out = changes(all);
    for Cost { key, usd, per, about, list } in costs {
        let _ = write!(out, "\ncosts: {key}: USD {usd:.3} for {per}; {about} ({list})");
    }
    out
}

/// What a plan calls a change: what waits is neither right nor to be made.
fn word(change: &Change) -> &'static str {
    match (change.why, change.action()) {
        (Why::Waits, _) => "waits",
        (Why::Gap, _) => "warning",
        (_, Action::Create) => "create",
        (_, Action::Update) => "update",
        (_, Action::Delete) => "delete",
        (_, Action::None) => "none",
        (_, Action::Foreign) => "foreign",
    }
}

/// Whether a change is more than "right already".
fn is_told(change: &Change) -> bool {
    change.problem.is_some() || !matches!(change.why, Why::Right | Why::Kept)
}

/// Verify: every link, and under each that is not right its mend.
pub fn links(links: &[Link]) -> String {
    let mut table = Table::new(["VERDICT", "REGION", "LINK", "SEEN"]);
    for link in links {
        table.row([link.verdict.as_str(), &link.region, &link.link, &link.detail], &link.mend);
    }
    let Tally { pass, fail, unknown } = Tally::of(links);
    table.ending(&format!("{pass} pass, {fail} fail, {unknown} unknown"))
}

/// A drill: every step with the seconds since the record was written.
pub fn drill(drilled: &Drilled) -> String {
    let mut table = Table::new(["VERDICT", "AFTER", "STEP", "SEEN"]);
    for step in &drilled.steps {
        let after = format!("{:.1} s", step.after);
        table.row([step.verdict.as_str(), &after, step.step, &step.detail], step.mend);
    }
    let told = drilled.steps.iter().all(|step| step.verdict == Verdict::Pass);
    let verdict = match (drilled.ok, told) {
        (false, _) => "did not get through",
        (true, true) => "reached whom it should",
        (true, false) => "got as far as it should: the alarm is muted, nobody is told",
    };
    table.ending(&format!("drill of {} ({}): {verdict}", drilled.alarm, drilled.event_id))
}

/// Columns of the same width, the last as long as it is. A column in which every cell says the same Region is left
/// out.
struct Table {
    heads: [&'static str; 4],
    rows: Vec<([String; 4], String)>,
}

impl Table {
    fn new(heads: [&'static str; 4]) -> Self {
        Self { heads, rows: Vec::new() }
    }

    fn row(&mut self, cells: [&str; 4], mend: &str) {
        self.rows.push((cells.map(|cell| clean(cell, CELL).into_owned()), clean(mend, CELL).into_owned()));
    }

    fn ending(self, summary: &str) -> String {
        let mut out = String::new();
        let shown = self.shown();
        let line = |cells: &dyn Fn(usize) -> String| shown.iter().map(|column| cells(*column)).collect();
        let mut lines: Vec<Vec<String>> = Vec::new();
        if !self.rows.is_empty() {
            lines.push(line(&|column| self.heads.get(column).copied().unwrap_or_default().to_owned()));
        }
        for (cells, mend) in &self.rows {
            lines.push(line(&|column| cells.get(column).cloned().unwrap_or_default()));
            if !mend.is_empty() {
                lines.push(line(&|column| if column == 3 { format!("mend: {mend}") } else { String::new() }));
            }
        }
        for line in crate::text::lines(&lines) {
            let _ = writeln!(out, "{line}");
        }
        let gap = if self.rows.is_empty() { "" } else { "\n" };
        let _ = write!(out, "{gap}{summary}");
        out
    }

    /// The columns that tell something.
    fn shown(&self) -> Vec<usize> {
        let mut regions = self.rows.iter().filter_map(|(cells, _)| cells.get(1));
        let first = regions.next();
        let one_region = self.heads.contains(&"REGION") && regions.all(|region| Some(region) == first);
        (0..self.heads.len()).filter(|column| *column != 1 || !one_region).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drill::Step;
    use crate::plan::{Key, Kind, Problem, ProblemKind};

    fn change(why: Why, region: &str, name: &str, detail: &str) -> Change {
        Change {
            key: Key { kind: Kind::Alarm, region: region.into(), name: name.into() },
            why,
            detail: detail.into(),
            want: None,
            have: None,
            problem: None,
        }
    }

    fn right() -> Change {
        let bucket = crate::plan::Bucket {
            policy: None,
            public_access_blocked: true,
            encryption: crate::plan::Encryption::Off,
            versioned: true,
            access_logs: None,
            lifecycle: None,
            endings: Vec::new(),
            tags: crate::plan::Tags::default(),
        };
        let have = Some(crate::plan::Resource::Bucket(bucket));
        Change { have, ..change(Why::Right, "eu-west-1", "yakei-Right", "") }
    }

    #[test]
    fn a_plan_shows_what_is_more_than_right() {
        let mut failed = change(Why::Missing, "eu-west-1", "yakei-RootUsage", "CIS 5.0 5.3: root is used");
        failed.problem = Some(Problem {
            kind: ProblemKind::Denied,
            code: "AccessDenied".into(),
            message: "cloudwatch:PutMetricAlarm: no".into(),
            mend: "Allow cloudwatch:PutMetricAlarm to whoever runs this, then run it again".into(),
        });
        let mut all = vec![
            change(Why::Missing, "eu-west-1", "yakei-ConsoleLogin", "Console sign-in"),
            change(Why::Differs, "eu-west-1", "yakei-VPCChanges", "threshold 1000 → 1"),
            change(Why::InTheWay, "eu-west-1", "yakei-Mine", "exists without the tag managed-by=yakei"),
            failed,
            change(Why::Waits, "eu-west-1", "yakei-TogglerHeartbeat", "waits for the function yakei-toggler"),
            right(),
        ];
        let one = changes(&all);
        all.push(change(Why::Unwanted, "us-east-1", "yakei-Old", "bad\u{1b}[31m\nname"));
        insta::assert_snapshot!(format!("{one}\n\n---\n\n{}", changes(&all)));
    }

    #[test]
    fn nothing_to_do_is_one_line() {
        assert_eq!(changes(&[right()]), "0 create, 0 update, 1 none, 0 foreign, 0 failed");
    }

    #[test]
    fn an_audit_shows_every_link_and_each_mend() {
        let link = |verdict, link: &str, detail: &str, mend: &str| Link {
            region: "eu-west-1".into(),
            link: link.into(),
            verdict,
            detail: detail.into(),
            mend: mend.into(),
        };
        let all = [
            link(Verdict::Pass, "trail is logging", "", ""),
            link(Verdict::Fail, "somebody gets the notices", "1 subscribed, none confirmed", "Follow the link"),
            link(Verdict::Unknown, "log group receives events", "it has no event yet", "Look again"),
        ];
        insta::assert_snapshot!(links(&all));
    }

    #[test]
    fn a_drill_shows_its_steps_with_their_times() {
        let step =
            |step, verdict, after, detail: &str, mend| Step { step, verdict, after, detail: detail.into(), mend };
        let drilled = Drilled {
            ok: false,
            control: "RootUsage".into(),
            alarm: "yakei-RootUsage".into(),
            event_id: "yakei-drill-1".into(),
            steps: vec![
                step("alarm is at rest", Verdict::Pass, 0.0, "armed", ""),
                step("metric filter counts it", Verdict::Fail, 600.04, "not seen within 600 s", "Run verify"),
                step("record is removed", Verdict::Pass, 612.5, "", ""),
            ],
        };
        insta::assert_snapshot!(drill(&drilled));
    }
}
