//! What a run found or did, as an answer for programs, as a table for people, and as a shell's exit status.

use serde::Serialize;
use serde_json::{Value, json};
use yakei_core::drill::Drilled;
use yakei_core::plan::{Change, Cost, Summary};
use yakei_core::report;
use yakei_core::verify::{Link, Tally};
use yakei_host::run::{Failure, Why};

/// What a run found or did.
#[derive(Debug)]
pub enum Report {
    /// Plan: what is to be done, and what of it costs besides.
    Plan(Vec<Change>, Vec<Cost>),
    /// Apply and destroy: what was done, and what of it costs besides.
    Done(Vec<Change>, Vec<Cost>),
    /// Verify.
    Audit(Vec<Link>),
    /// A drill.
    Drill(Drilled),
}

/// The answer of plan and apply.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    changes: &'a [Change],
    /// Of a plan, and of an apply that made something; left out when there are none.
    #[serde(skip_serializing_if = "<[Cost]>::is_empty")]
    costs: &'a [Cost],
    summary: Summary,
}

/// The answer of verify: `ok` is true when no link failed.
#[derive(Debug, Serialize)]
struct Audit<'a> {
    ok: bool,
    links: &'a [Link],
    summary: Tally,
}

impl Report {
    /// The answer for programs.
    ///
    /// # Errors
    /// [`Failure`] `Incomplete` when some changes failed; all others were made.
    pub fn answer(&self) -> Result<Value, Failure> {
        let answer = match self {
            Self::Plan(changes, costs) | Self::Done(changes, costs) => {
                json!(Answer { changes, costs, summary: Summary::of(changes) })
            }
            Self::Audit(links) => {
                let summary = Tally::of(links);
                json!(Audit { ok: summary.fail == 0, links, summary })
            }
            Self::Drill(drilled) => json!(drilled),
        };
        match self {
            Self::Done(changes, _) => finish(changes, answer),
            _ => Ok(answer),
        }
    }

    /// The same as a table for people.
    pub fn table(&self) -> String {
        match self {
            Self::Plan(changes, costs) | Self::Done(changes, costs) => report::plan(changes, costs),
            Self::Audit(links) => report::links(links),
            Self::Drill(drilled) => report::drill(drilled),
        }
    }

    /// Whether a plan, an audit or a drill found something wrong: an answer, and for a shell a failure.
    pub fn is_wrong(&self) -> bool {
        match self {
            // A change that failed is a failure of the run as well: Report::answer.
            Self::Plan(changes, _) | Self::Done(changes, _) => changes.iter().any(Change::is_stuck),
            Self::Audit(links) => Tally::of(links).fail > 0,
            Self::Drill(drilled) => !drilled.ok,
        }
    }
}

/// The answer, or the failure when a change failed.
fn finish(changes: &[Change], answer: Value) -> Result<Value, Failure> {
    let failed: Vec<String> = changes.iter().filter_map(failure).collect();
    let all = changes.len();
    if failed.is_empty() {
        return Ok(answer);
    }
    let message = format!("{} of {all} things failed; run it again when they are mended:\n", failed.len());
    Err(Failure::new(Why::Incomplete, message + &failed.join("\n")))
}

pub(crate) fn failure(change: &Change) -> Option<String> {
    change.problem.as_ref().map(|problem| format!("{} {}: {problem}", change.key.region, change.key))
}
