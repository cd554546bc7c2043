//! Text that strangers chose, made safe to show, and how text is laid out.

mod clean;
mod columns;
mod links;

pub use clean::{ascii, causes, clean};
pub use columns::lines;
pub use links::{linked, unlinked, without_urls};
