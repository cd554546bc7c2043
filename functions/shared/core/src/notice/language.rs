//! The languages in which people are told something.
//!
//! Every sentence stands whole in its language's own file, made from typed facts ([`facts`], [`Problem`]): the order of
//! words differs, so nothing is glued together here. [`words::Words`] has no default methods and the facts are matched
//! exhaustively: a language that lacks a sentence does not compile. A further language is one file more, a variant of
//! [`Language`] and its line in [`Language::words`]. What programs read (members of JSON, names of gaps, attributes) is
//! in no language.

mod en;
pub(crate) mod facts;
mod ja;
pub(crate) mod words;

use serde::{Deserialize, Serialize};

use self::words::Words;
use super::problem::Problem;
use crate::text::{shown, shown_without_urls};

/// The longest sentence about a problem.
const SENTENCE: usize = 500;

/// A language, by its code of ISO 639-1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Japanese.
    Ja,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::En, Self::Ja];

    /// Its code, as the config, the schema and the attribute have it.
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ja => "ja",
        }
    }

    /// Its sentences.
    pub(crate) fn words(self) -> &'static dyn Words {
        match self {
            Self::En => &en::English,
            Self::Ja => &ja::Japanese,
        }
    }

    /// The language of this code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }

    /// What to do about a control of the user's own that does not say it.
    pub fn ask_about_own(self) -> &'static str {
        self.words().labels().ask_about_own
    }

    /// A problem's sentence as it is shown: strangers' names in it are cleaned and become no links; file names of our
    /// own stay.
    pub fn problem(self, problem: &Problem) -> String {
        self.problem_within(problem, SENTENCE)
    }

    /// The same in at most so many characters.
    pub(crate) fn problem_within(self, problem: &Problem, most: usize) -> String {
        let text = self.words().problem(problem);
        if matches!(problem, Problem::NoConfiguration(_) | Problem::IgnoreEnded { .. }) {
            return shown_without_urls(&text, most);
        }
        shown(&text, most)
    }
}
