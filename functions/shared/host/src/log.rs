//! Logging: JSON lines in Lambda, readable lines in a terminal; always on standard error in a
//! terminal, so that standard output carries the answer alone.

use std::io;

use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Starts logging. `RUST_LOG` chooses what is logged: levels, and levels of modules (`warn,toggler=debug`; default `info`).
///
/// In Lambda each line is one JSON object; lines of an invocation carry its `requestId` in `span`.
pub fn init() {
    let registry = tracing_subscriber::registry().with(chosen(&std::env::var("RUST_LOG").unwrap_or_default()));
    let lines = fmt::layer().with_target(false);
    // A second call (two tests in one process) keeps the first subscriber.
    let _ = if crate::run::in_lambda() {
        registry.with(lines.json().flatten_event(true).with_current_span(true).with_span_list(false)).try_init()
    } else {
        let colours = io::IsTerminal::is_terminal(&io::stderr());
        registry.with(lines.compact().with_writer(io::stderr).with_ansi(colours)).try_init()
    };
}

/// What is logged. Not `EnvFilter`, which can choose by the fields of spans too and has all of `regex` for it.
fn chosen(text: &str) -> Targets {
    let understood = |part: &&str| match part.parse::<Targets>() {
        Ok(_) => true,
        Err(error) => {
            eprintln!("ignoring {part:?} in RUST_LOG: {error}");
            false
        }
    };
    let parts: Vec<&str> = text.split(',').map(str::trim).filter(|part| !part.is_empty()).filter(understood).collect();
    let default = || Targets::new().with_default(tracing::Level::INFO);
    if parts.is_empty() { default() } else { parts.join(",").parse().unwrap_or_else(|_| default()) }
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn levels_are_chosen_for_all_and_for_modules() {
        let enabled = |text: &str, target: &str, level| chosen(text).would_enable(target, &level);
        for nothing in ["", ",", " ", "what is this=loud"] {
            assert!(enabled(nothing, "toggler::run", Level::INFO), "{nothing:?}");
            assert!(!enabled(nothing, "toggler::run", Level::DEBUG), "{nothing:?}");
        }
        let some = "warn, toggler=debug,=nonsense,hyper=off";
        assert!(enabled(some, "toggler::run", Level::DEBUG));
        assert!(enabled(some, "enricher", Level::WARN) && !enabled(some, "enricher", Level::INFO));
        assert!(!enabled(some, "hyper::client", Level::ERROR));
    }
}
