//! The audit: every link from the trail to a person's mailbox, pass, fail or unknown, each with its mend.
//!
//! Pure. A link is `pass` only when the account showed it; what could not be read, or what AWS has not
//! told yet, is `unknown`, never `pass`.
//!
//! `vitals` is what only an audit asks, `link` what it says, `audit` goes along the chain, `functions` looks at the
//! functions and `topics` at who may publish.

mod audit;
mod functions;
mod link;
mod topics;
mod vitals;

pub use audit::{audit, lines};
pub use link::{Link, Tally, Verdict};
pub use vitals::{
    AlarmKey, DeadLetters, Delivered, FunctionState, FunctionVitals, MuteRule, Subscribers, TrailVitals, Vitals,
};

#[cfg(test)]
mod mutations;
#[cfg(test)]
mod tests;
