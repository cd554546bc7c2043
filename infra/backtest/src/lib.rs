//! What last month's CloudTrail would have set off: logs in, a report out.
//!
//! Uses the very catalogue, patterns, calendar, ignore rules and activity code of the functions, and no AWS SDK.
//!
//! [`find`](files::find) the files, [`read`](read::read) them into [`Tallies`](tally::Tallies), and
//! [`evaluate`](evaluate::evaluate) these into a [`Report`](report::Report). Whoever counts elsewhere, as a query of
//! Athena does, fills the tallies and goes on from there.

pub mod cut;
pub mod evaluate;
pub mod files;
pub mod page;
pub mod read;
pub mod report;
pub mod sql;
pub mod table;
pub mod tally;
pub mod unpack;
pub mod watch;
