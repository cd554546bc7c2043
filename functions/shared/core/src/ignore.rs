//! `[[notify.ignore]]`: activity that people agreed not to be woken for.
//!
//! An entry names something: none matches everything, and none matches what a stranger can claim to be. What it matches
//! is counted, never dropped unseen, and after its last day it matches nothing more.

mod entry;
mod fold;
mod source;
mod wildcard;

pub use entry::{Ignore, identities};
pub use fold::{Ended, Folded, fold};
pub(crate) use source::is_private;
pub use source::{InvalidSource, Source};
pub use wildcard::Wildcard;
