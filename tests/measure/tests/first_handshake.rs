//! The first TLS handshake of a function costs what a handshake costs.
//!
//! With aws-lc it gathers jitter entropy as well, some 36 ms of CPU, twenty times the handshake, and nothing but a measurement
//! shows it. CPU is compared with a bare function's start on the same machine in the same minute: no time is promised.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test that cannot go on ends

use std::path::Path;

use measure::run::{Account, Subject, live};
use measure::stub::{self, Stub};
use measure::tls::Authority;

/// So many starts of a bare function: a handshake takes one to three, unoptimised, and with jitter entropy over fifteen.
const LIMIT: f64 = 8.0;
const RUNS: usize = 5;
/// As much work as gathering jitter entropy, in a shell: the guard must see it.
const AS_JITTER: &str = "i=0; while [ $i -lt 40000 ]; do i=$((i+1)); done; exec \"$0\"";

#[tokio::test(flavor = "multi_thread")]
async fn the_first_handshake_gathers_no_jitter_entropy_and_would_be_seen_if_it_did() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(folder.path()).unwrap();
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/yakei.toml");
    let toggler = function("toggler").with("YAKEI_CONFIG", config.to_string_lossy());
    let mut slow = toggler.clone();
    slow.command = vec!["sh".into(), "-c".into(), AS_JITTER.into()];
    slow.command.extend(toggler.command.clone());

    let bare = init(&function("bare"), &authority, false).await;
    let without = init(&toggler, &authority, false).await;
    let handshake = (init(&toggler, &authority, true).await - without) / bare;
    println!("a first handshake: {handshake:.1} starts of a bare function");
    assert!(handshake < LIMIT, "the first handshake costs {handshake:.1} starts of a bare function");
    let gathering = (init(&slow, &authority, true).await - without) / bare;
    println!("with as much work as jitter entropy: {gathering:.1}");
    assert!(gathering > LIMIT, "as much work as jitter entropy is {gathering:.1} starts, and would not be seen");
}

/// Built by `make functions` before the tests run.
fn function(name: &str) -> Subject {
    Subject::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/debug").join(name))
}

/// CPU of init, the median of some lives.
async fn init(subject: &Subject, authority: &Authority, tls: bool) -> f64 {
    let mut costs = Vec::new();
    for _ in 0..RUNS {
        let account = stub::Account::default();
        let stub = if tls { Stub::start(authority, account).await } else { Stub::plain(account).await };
        let stub = stub.unwrap();
        // One root alone: how many are read is no part of a handshake.
        costs.push(live(subject, Account::Stub(&stub, &authority.own), &[]).await.unwrap().init.cpu_ms);
    }
    costs.sort_by(f64::total_cmp);
    costs[RUNS / 2]
}
