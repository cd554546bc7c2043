//! The demo's story is true: every step of it happens, with the real binaries.

#![allow(clippy::unwrap_used)] // a test that cannot go on ends

use scenarios::story::{self, Narrator};
use scenarios::world::World;

#[tokio::test]
async fn a_sign_in_is_told_by_night_and_not_by_day() {
    let world = World::start().await.unwrap();
    let tell = Narrator::default();
    story::set_up(&world, &tell).await.unwrap();
    story::night_and_day(&world, &tell).await.unwrap();
    world.stop().await;
}
