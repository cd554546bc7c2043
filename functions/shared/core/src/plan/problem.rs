//! Why something could not be read, could not be made, or is not as it must be.
//!
//! [`ProblemKind`] is what programs match on. AWS's own code stands beside it for people; where AWS's codes become
//! kinds is one table, in the bootstrapper.

use std::fmt;

use serde::Serialize;

/// What sort of problem it is: stable names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum ProblemKind {
    /// Seen: the config names it, and it does not exist.
    NotFound,
    /// Seen: it cannot do what it is there for, and making something does not mend that.
    Unfit,
    /// Seen: a Region should be watched and is not on the list.
    NotWatched,
    /// Seen: a Region holds things of ours and is no longer on the list.
    LeftBehind,
    /// Seen: the config names something of another account or Region, which cannot be used from here.
    WrongPlace,
    /// Seen: it was made, and AWS still shows otherwise.
    NotShown,
    /// Not seen: AWS refused the request, and would again.
    Refused,
    /// Not seen: whether a condition in somebody's policy hits us cannot be told from here.
    Undecided,
    /// Not seen: whoever runs this may not.
    Denied,
    /// Not seen: the credentials are not taken.
    Credentials,
    /// Not seen: what it refers to was made a moment ago and has not spread.
    NotYet,
    /// Not seen: somebody, or we ourselves, changes the same thing at this moment.
    Collision,
    /// Not seen: AWS was asked too often.
    Throttled,
    /// Not seen: a quota of the account is used up.
    Quota,
    /// Not seen: AWS did not answer.
    NoAnswer,
    /// Not seen: the request could not even be made; a mistake in Yakei.
    Broken,
}

impl ProblemKind {
    /// Its stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "NotFound",
            Self::Unfit => "Unfit",
            Self::NotWatched => "NotWatched",
            Self::LeftBehind => "LeftBehind",
            Self::WrongPlace => "WrongPlace",
            Self::NotShown => "NotShown",
            Self::Refused => "Refused",
            Self::Undecided => "Undecided",
            Self::Denied => "Denied",
            Self::Credentials => "Credentials",
            Self::NotYet => "NotYet",
            Self::Collision => "Collision",
            Self::Throttled => "Throttled",
            Self::Quota => "Quota",
            Self::NoAnswer => "NoAnswer",
            Self::Broken => "Broken",
        }
    }

    /// Whether the account showed it to be wrong; any other could not be seen.
    pub fn is_seen(self) -> bool {
        match self {
            Self::NotFound | Self::Unfit | Self::NotWatched | Self::LeftBehind | Self::WrongPlace | Self::NotShown => {
                true
            }
            // A read that is refused or out of quota shows nothing of the thing itself.
            Self::Refused
            | Self::Undecided
            | Self::Denied
            | Self::Credentials
            | Self::NotYet
            | Self::Collision
            | Self::Throttled
            | Self::Quota
            | Self::NoAnswer
            | Self::Broken => false,
        }
    }
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why something could not be read or made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// What sort it is.
    pub kind: ProblemKind,
    /// AWS's error code, such as `AccessDeniedException`, for people; the kind's name where AWS gave none.
    pub code: String,
    /// What AWS said.
    pub message: String,
    /// What to do about it.
    pub mend: String,
}

impl Problem {
    /// One that no code of AWS stands for.
    pub fn new(kind: ProblemKind, message: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { kind, code: kind.as_str().to_owned(), message: message.into(), mend: mend.into() }
    }

    /// Whether it was seen to be wrong; any other could not be seen.
    pub fn is_seen(&self) -> bool {
        self.kind.is_seen()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}. {}", self.code, self.message.trim_end_matches('.'), self.mend)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_prints_and_serializes_as_its_stable_name() {
        for kind in [ProblemKind::NotFound, ProblemKind::Denied, ProblemKind::Collision, ProblemKind::NotShown] {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.to_string());
        }
    }
}
