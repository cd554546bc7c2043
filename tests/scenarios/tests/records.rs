//! Real CloudTrail records, played as `make demo RECORDS=…` does: each control that they match gives its notice.

#![allow(clippy::unwrap_used)] // a test that cannot go on ends

use std::path::Path;

use scenarios::story::{self, Narrator};
use scenarios::world::World;

#[tokio::test]
async fn every_control_that_real_records_match_gives_its_notice() {
    let world = World::start().await.unwrap();
    let tell = Narrator::default();
    story::set_up(&world, &tell).await.unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/cloudtrail.jsonl");
    story::own_records(&world, &tell, &file).await.unwrap();
    let mails = world.mails();
    let sign_in = mails.iter().find(|mail| mail.subject.starts_with(&format!("ALARM {}", story::SIGN_IN))).unwrap();
    let first = sign_in.body.lines().next().unwrap();
    assert!(
        first.starts_with(
            "stratus-red-team-nmfalu-gfjyeaypjt signed in to the console (no MFA) from an address not known (192.168.10.20)"
        ),
        "{first}"
    );
    world.stop().await;
}
