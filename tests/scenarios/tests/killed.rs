//! A bootstrapper that is killed in the middle, run again, leaves the same account as one clean run.
//!
//! The points are calls to AWS: the one it is killed at has been carried out, and it never hears so.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends")]

use std::process::Stdio;

use local_aws::{LocalAws, Options};
use scenarios::deploy::checkout;
use scenarios::terminal::{BOOTSTRAPPER, PYTHON, empty_account, in_account};
use serde_json::Value;
use tokio::process::{Child, Command};

const ROUNDS: usize = 10;

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_ten_random_points_and_run_again_it_makes_the_same_account() {
    let aws = LocalAws::start(Options::default()).await.unwrap();
    empty_account(&aws).await.unwrap();
    let before = aws.calls();
    finish(apply(&aws)).await;
    let calls = aws.calls() - before;
    let clean = account(&aws).await;
    assert_eq!(left(&aws).await, 0, "one clean run makes everything");

    let seed = seed();
    for (round, point) in points(seed, calls).into_iter().enumerate() {
        let place = format!("round {round}, killed at call {point} of {calls}; again with SEED={seed}");
        empty_account(&aws).await.unwrap();
        let mut killed = apply(&aws);
        tokio::select! {
            () = aws.fall_silent(point) => killed.kill().await.unwrap(),
            status = killed.wait() => assert!(status.unwrap().success(), "{place}"),
        }
        aws.answer_again();
        finish(apply(&aws)).await;
        let found = account(&aws).await;
        assert!(found == clean, "{place}:\n{}", difference(&clean, &found));
    }
    assert_eq!(left(&aws).await, 0);
    aws.stop().await;
}

/// `SEED` of the environment, or that of the properties: the same points each time, so that a commit passes or fails.
fn seed() -> u64 {
    let given = ["SEED", "PROPTEST_RNG_SEED"].iter().find_map(|name| std::env::var(name).ok());
    given.map_or(1, |seed| seed.parse().unwrap())
}

/// Points between the first call and the last (splitmix64).
fn points(seed: u64, calls: u64) -> Vec<u64> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    };
    (0..ROUNDS).map(|_| 1 + next() % calls).collect()
}

fn bootstrapper(aws: &LocalAws, action: &str) -> Command {
    let mut command = in_account(BOOTSTRAPPER, aws);
    command.arg(action);
    command
}

fn apply(aws: &LocalAws) -> Child {
    // Nobody reads along: a pipe that is full would stop it.
    bootstrapper(aws, "apply").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

async fn finish(mut child: Child) {
    assert!(child.wait().await.unwrap().success());
}

/// How many changes a plan still lists.
async fn left(aws: &LocalAws) -> usize {
    let output = bootstrapper(aws, "plan").output().await.unwrap();
    let plan: Value = serde_json::from_slice(&output.stdout).unwrap();
    let changes = plan.get("changes").and_then(Value::as_array).unwrap();
    changes.iter().filter(|change| change.get("change") != Some(&"none".into())).count()
}

/// What is in the account, as another SDK sees it.
async fn account(aws: &LocalAws) -> String {
    let script = checkout().join("tests/scenarios/tests/account.py");
    let output = in_account(PYTHON, aws).arg(script).output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The lines that only one of two accounts has.
fn difference(clean: &str, found: &str) -> String {
    let only = |sign: char, these: &str, those: &str| -> Vec<String> {
        let those: Vec<&str> = those.lines().collect();
        these.lines().filter(|line| !those.contains(line)).map(|line| format!("{sign} {line}")).collect()
    };
    [only('-', clean, found), only('+', found, clean)].concat().join("\n")
}
