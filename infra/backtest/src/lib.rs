//! What last month's CloudTrail would have set off: logs in, a report out.
//!
//! Uses the very catalogue, patterns, calendar, ignore rules and activity code of the functions, and no AWS SDK.

pub mod page;
pub mod report;
pub mod sql;
