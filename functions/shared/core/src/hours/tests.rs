//! The rule against a table of real cases, and against a second, independent implementation.

mod oracle;
mod table;
