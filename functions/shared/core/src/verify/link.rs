//! One link of the chain, and what was seen of it.

use std::fmt;

use serde::Serialize;

use crate::plan::Problem;

/// What an audit says about a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Seen to be right.
    Pass,
    /// Seen to be wrong.
    Fail,
    /// Not seen.
    Unknown,
}

impl Verdict {
    /// The word for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "FAIL",
            Self::Unknown => "unknown",
        }
    }
}

/// One link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// Where.
    pub region: String,
    /// Which.
    pub link: String,
    /// What was seen.
    pub verdict: Verdict,
    /// In more words.
    pub detail: String,
    /// What to do; empty where nothing is to be done.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub mend: String,
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:7} {}", self.verdict.as_str(), self.link)?;
        for text in [&self.detail, &self.mend].into_iter().filter(|text| !text.is_empty()) {
            write!(f, ": {text}")?;
        }
        Ok(())
    }
}

/// How many links of each verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Right.
    pub pass: usize,
    /// Wrong.
    pub fail: usize,
    /// Not seen.
    pub unknown: usize,
}

impl Tally {
    /// Counts.
    pub fn of(links: &[Link]) -> Self {
        let count = |verdict| links.iter().filter(|link| link.verdict == verdict).count();
        Self { pass: count(Verdict::Pass), fail: count(Verdict::Fail), unknown: count(Verdict::Unknown) }
    }
}

pub(super) const APPLY: &str = "Run apply";

/// Its Region is told by the audit, once for all.
pub(super) fn link_of(
    link: impl Into<String>,
    verdict: Verdict,
    detail: impl Into<String>,
    mend: impl Into<String>,
) -> Link {
    Link { region: String::new(), link: link.into(), verdict, detail: detail.into(), mend: mend.into() }
}

pub(super) fn pass(link: impl Into<String>, detail: impl Into<String>) -> Link {
    link_of(link, Verdict::Pass, detail, "")
}

pub(super) fn fail(link: impl Into<String>, detail: impl Into<String>, mend: impl Into<String>) -> Link {
    link_of(link, Verdict::Fail, detail, mend)
}

pub(super) fn unknown(link: impl Into<String>, detail: impl Into<String>, mend: impl Into<String>) -> Link {
    link_of(link, Verdict::Unknown, detail, mend)
}

pub(super) fn unread(link: impl Into<String>, problem: &Problem) -> Link {
    unknown(link, format!("{}: {}", problem.code, problem.message), problem.mend.clone())
}
