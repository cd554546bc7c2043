//! `make demo`: the whole chain on a local AWS, told line by line.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use scenarios::story::{self, Narrator};
use scenarios::trouble::Trouble;
use scenarios::world::World;

#[tokio::main]
async fn main() -> ExitCode {
    let records = match records(std::env::args_os().skip(1)) {
        Ok(records) => records,
        Err(usage) => {
            eprintln!("{usage}");
            return ExitCode::from(2);
        }
    };
    let tell = Narrator::default();
    let world = match World::start().await {
        Ok(world) => world,
        Err(trouble) => {
            eprintln!("the demo cannot start: {trouble}");
            return ExitCode::FAILURE;
        }
    };
    tell.step("local AWS", &format!("MiniStack behind the gateway at {}", world.endpoint()));
    let played = tokio::select! {
        played = play(&world, &tell, records) => played,
        _ = tokio::signal::ctrl_c() => Err(Trouble::new("interrupted")),
    };
    let log = world.log_path().to_owned();
    world.stop().await;
    match played {
        Ok(()) => {
            tell.step("end", "the local AWS is stopped, nothing is left running");
            ExitCode::SUCCESS
        }
        Err(trouble) => {
            eprintln!("\nthe demo failed: {trouble}\nthe log of the local AWS and its functions: {}", log.display());
            ExitCode::FAILURE
        }
    }
}

async fn play(world: &World, tell: &Narrator, records: Option<PathBuf>) -> Result<(), Trouble> {
    story::set_up(world, tell).await?;
    match records {
        Some(path) => story::own_records(world, tell, &path).await,
        None => story::night_and_day(world, tell).await,
    }
}

/// A name may be any bytes.
fn records(mut args: impl Iterator<Item = OsString>) -> Result<Option<PathBuf>, &'static str> {
    match (args.next().map(|it| it == "--records"), args.next(), args.next()) {
        (None, ..) => Ok(None),
        (Some(true), Some(path), None) => Ok(Some(path.into())),
        _ => Err("usage: demo [--records FILE]   (JSON lines, or a CloudTrail file with \"Records\"; also gzipped)"),
    }
}
