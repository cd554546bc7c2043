//! Logging: JSON lines in Lambda, readable lines in a terminal; always on standard error in a
//! terminal, so that standard output carries the answer alone.

use std::io;

use tracing_subscriber::EnvFilter;

/// Starts logging. `RUST_LOG` chooses what is logged (default `info`).
///
/// In Lambda each line is one JSON object; lines of an invocation carry its `requestId` in `span`.
pub fn init() {
    let filter = EnvFilter::builder().with_default_directive(tracing::Level::INFO.into()).from_env_lossy();
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_target(false);
    // A second call (two tests in one process) keeps the first subscriber.
    let _ = if crate::run::in_lambda() {
        builder.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
    } else {
        builder.compact().with_writer(io::stderr).with_ansi(io::IsTerminal::is_terminal(&io::stderr())).try_init()
    };
}
