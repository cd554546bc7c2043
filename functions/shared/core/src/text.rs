//! Text that strangers chose, made safe to show, and how text is laid out.

mod clean;
mod columns;

pub use clean::{ascii, causes, clean};
pub use columns::lines;
