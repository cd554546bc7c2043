//! Text that strangers chose, made safe to show, and how text is laid out.

mod clean;
mod columns;
mod links;
mod surrogate;

pub use clean::{ascii, causes, clean};
pub use columns::{lines, wide_lines};
pub use links::{
    ascii_subject, linked, shown, shown_outcome, shown_without_urls, subject, unlinked, unlinked_outcome, without_urls,
};
pub(crate) use links::{fitted, serialize_outcome, serialize_unlinked};
pub use surrogate::without_lone_surrogates;
