//! The whole run beside unpacking the same files, in CPU time and by the clock, on all cores.
//!
//! `cargo run --profile optimised -p backtest --example speed -- FOLDER` (the example `month` writes such a folder)
//!
//! Unpacking alone finds the files, reads and unpacks them as the run does, and throws away what comes out. Both are done
//! by turns, and each run is compared with the unpacking just before it, so that what else the machine does falls on both;
//! of these comparisons the median is told. CPU time is read from `/proc/self/stat`; without it (not Linux) the clock
//! stands in.
//!
//! `speed FOLDER CONFIG avx2` (or `sse4.2`) cuts as a processor would that has no more than that, and does not time the whole
//! run, which always takes the widest instructions.
#![allow(clippy::expect_used, clippy::cast_precision_loss, clippy::unwrap_used, clippy::indexing_slicing)] // a tool, not a service

use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use backtest::cut::Cutter;
use backtest::evaluate::evaluate;
use backtest::files::find;
use backtest::read::read;
use backtest::report::Source;
use backtest::unpack::Unpacker;
use backtest::watch::{Watch, Watches};
use fearless_simd::Level;

const ROUNDS: usize = 11;

fn main() {
    let mut args = std::env::args().skip(1);
    let folder = args.next().expect("usage: speed FOLDER [CONFIG]");
    let config = args.next().unwrap_or_else(|| "infra/yakei.toml".to_owned());
    let (root, watches) = (Path::new(&folder), Watches::new(Watch::read(Path::new(&config)).unwrap(), None).unwrap());
    let widest = Level::new();
    let lesser = args.next().map(|name| lesser(widest, &name).expect("avx2 or sse4.2, if the processor has it"));
    let mut times: [Vec<(f64, f64)>; 3] = Default::default();
    for _ in 0..ROUNDS {
        times[0].push(timed(|| unpack(root, &|_| {})));
        times[1].push(timed(|| {
            unpack(root, &|bytes| {
                let mut cutter = Cutter::default().by(lesser.unwrap_or(widest));
                cutter.push(bytes, &watches, &mut |_| {});
            })
        }));
        if lesser.is_some() {
            continue;
        }
        times[2].push(timed(|| {
            let (tallies, sums) = read(root, &watches, &());
            evaluate(&watches, &tallies, Source::Files, sums).records
        }));
    }
    let ratios = times[0].iter().zip(&times[2]).map(|(alone, whole)| (whole.0 / alone.0, whole.1 / alone.1));
    let (ratio, by_clock) = median(ratios.collect());
    let [alone, cut, whole] = times.map(median);
    let all = [("unpacking alone", alone), ("and cutting", cut), ("the whole run", whole)];
    for (what, (cpu, clock)) in all.into_iter().take(if lesser.is_some() { 2 } else { 3 }) {
        println!("{what:16} {cpu:6.2} CPU seconds {clock:6.2} by the clock");
    }
    if lesser.is_some() {
        return;
    }
    println!("the whole run is {ratio:.2} times unpacking alone ({by_clock:.2} by the clock)");
    // `make bench` holds it.
    println!(
        "limit: {{\"what\": \"backtest: the whole run beside unpacking alone\", \"measured\": {ratio:.3}, \"at_most\": 1.3}}"
    );
}

/// Instructions that are not the processor's widest.
#[cfg(target_arch = "x86_64")]
fn lesser(widest: Level, name: &str) -> Option<Level> {
    match name {
        "avx2" => widest.as_avx2().map(Level::Avx2),
        "sse4.2" => widest.as_sse4_2().map(Level::Sse4_2),
        _ => None,
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn lesser(_: Level, _: &str) -> Option<Level> {
    None
}

/// Every file on all cores, its bytes given to `each`.
fn unpack(root: &Path, each: &(impl Fn(&[u8]) + Sync)) -> u64 {
    let (files, next, bytes) = (find(root).files, AtomicUsize::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                let mut unpacker = Unpacker::default();
                while let Some((path, _)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let _ = unpacker.unpack(path, &mut |_| {}, &mut |part| {
                        bytes.fetch_add(part.bytes.len() as u64, Ordering::Relaxed);
                        each(part.bytes);
                    });
                }
            });
        }
    });
    bytes.into_inner()
}

fn timed(work: impl FnOnce() -> u64) -> (f64, f64) {
    let (clock, cpu) = (Instant::now(), processor_seconds());
    assert!(std::hint::black_box(work()) > 0, "nothing was read");
    let clock = clock.elapsed().as_secs_f64();
    (cpu.zip(processor_seconds()).map_or(clock, |(start, now)| now - start), clock)
}

fn median(mut times: Vec<(f64, f64)>) -> (f64, f64) {
    times.sort_by(|a, b| a.0.total_cmp(&b.0));
    let cpu = times.get(times.len() / 2).map_or(0.0, |it| it.0);
    times.sort_by(|a, b| a.1.total_cmp(&b.1));
    (cpu, times.get(times.len() / 2).map_or(0.0, |it| it.1))
}

/// User and system time of this process; the kernel counts in hundredths of a second.
fn processor_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / 100.0)
}
