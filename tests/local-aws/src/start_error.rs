//! Why the local AWS does not run, each reason with its mend. A leaf, for whoever starts a part of it.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

/// Why the local AWS does not run.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The wanted port cannot be had.
    #[error("cannot listen on 127.0.0.1:{port}: {source} (choose another port, or none to take a free one)")]
    Port {
        /// The port that was asked for.
        port: u16,
        /// What the operating system said.
        source: io::Error,
    },
    /// The Python environment has not been made.
    #[error("MiniStack is missing: there is no Python environment {venv} (make it: sh tests/local-aws/venv.sh)")]
    NoVenv {
        /// Where it was looked for.
        venv: PathBuf,
    },
    /// The Python environment lacks MiniStack or cbor2.
    #[error(
        "MiniStack or cbor2 is missing from the Python environment: {reason} (remove it, and run: sh tests/local-aws/venv.sh)"
    )]
    NotInstalled {
        /// What Python said.
        reason: String,
    },
    /// A file, folder or program that is needed cannot be used.
    #[error("{path}: {source}")]
    Unusable {
        /// Which.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// MiniStack ended.
    #[error("MiniStack ended ({status}); the end of its log {log}:\n{tail}")]
    Died {
        /// How.
        status: ExitStatus,
        /// Its log file.
        log: PathBuf,
        /// The last lines of its log.
        tail: String,
    },
    /// MiniStack does not answer.
    #[error("MiniStack does not answer after {seconds} s; its log is {log}")]
    Slow {
        /// How long was waited.
        seconds: u64,
        /// Its log file.
        log: PathBuf,
    },
}
