//! Text that strangers chose, made safe to show, and how text is laid out.

mod clean;

pub use clean::{ascii, causes, clean};
