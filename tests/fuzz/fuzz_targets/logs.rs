//! A file of logs, whole or damaged, as the backtest reads it: nothing is left out silently, how the file comes in parts
//! changes nothing, and what is passed over by its bytes would not have matched.
//!
//! The first byte says how the rest is packed: not at all, as gzip, as two members of gzip, or as Zstandard.

#![no_main]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use backtest::cut::{Cutter, Piece};
use backtest::read::read;
use backtest::unpack::{Flaw, Unpacker};
use backtest::watch::{Watch, Watches};
use filter_pattern::Pattern;
use flate2::Compression;
use flate2::write::GzEncoder;
use libfuzzer_sys::fuzz_target;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

static WATCHES: LazyLock<(Watches, Vec<Pattern>)> = LazyLock::new(|| {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/yakei.toml");
    let watches = Watches::new(Watch::read(&config).expect("a config"), None).expect("patterns");
    let patterns = watches.by_number().into_iter().flat_map(|it| it.1).collect();
    (watches, patterns)
});

/// A file of this process alone.
static FILE: LazyLock<PathBuf> =
    LazyLock::new(|| std::env::temp_dir().join(format!("backtest-fuzz-{}", std::process::id())));

fuzz_target!(|input: &[u8]| {
    let Some((form, rest)) = input.split_first() else { return };
    let packed = match form % 4 {
        0 => rest.to_vec(),
        1 => gz(rest),
        2 => rest.chunks(rest.len() / 2 + 1).flat_map(gz).collect(),
        _ => compress_to_vec(rest, CompressionLevel::Fastest),
    };
    std::fs::write(&*FILE, &packed).expect("a file");
    let mut unpacked = Vec::new();
    let done = Unpacker::default().unpack(&FILE, &mut |_| {}, &mut |part| unpacked.extend_from_slice(part.bytes));
    // what is packed begins as something else that is packed: it is named, and nothing of it given
    let is_foreign = matches!(done, Err(Flaw::Foreign(..))) && unpacked.is_empty();
    assert!(form % 4 == 0 || (done.is_ok() && unpacked == rest) || is_foreign || rest.is_empty(), "{done:?}");
    let (_, sums) = read(&FILE, &WATCHES.0, &());
    let told = sums.records + sums.duplicates + sums.too_long + sums.digest_files + sums.insight_files;
    if told == 0 && sums.skipped.is_empty() {
        let blank = |it: &u8| it.is_ascii_whitespace();
        let text: Vec<u8> = unpacked.iter().copied().filter(|it| !blank(it)).collect();
        let text = String::from_utf8(text).expect("what is no text is named");
        let left = text.replace("{\"Records\":[]}", "");
        assert!(left.chars().all(|it| "[],".contains(it)), "left out silently: {left}");
    }
    assert!(sums.skipped.len() <= 1, "one file is named once");
    let part = 1 + usize::from(*form) * 7;
    assert_eq!(cut(&unpacked, usize::MAX), cut(&unpacked, part), "in parts of {part}");
});

/// What is cut; each object is looked at as one that is of no interest, if its bytes say so.
fn cut(bytes: &[u8], part: usize) -> Vec<Vec<u8>> {
    let (mut cutter, mut out) = (Cutter::default(), Vec::new());
    let (watches, patterns) = &*WATCHES;
    let mut each = |piece: Piece<'_>| match piece {
        Piece::Record(object, facts) => {
            if let Some(facts) = facts.filter(|it| !it.may_matter) {
                let record = String::from_utf8_lossy(object);
                let matching = patterns.iter().find(|it| it.matches(&record));
                assert!(matching.is_none(), "{record} matches {matching:?}");
                if let (Ok(value), Some(id)) = (serde_json::from_str::<serde_json::Value>(&record), facts.event_id) {
                    let id = String::from_utf8_lossy(id);
                    assert!(value["eventID"] == *id || record.matches("\"eventID\"").count() > 1, "{id} of {record}");
                }
            }
            out.push(object.to_vec());
        }
        Piece::TooLong => out.push(b"too long".to_vec()),
        Piece::Other => out.push(b"something else".to_vec()),
        Piece::Broken => out.push(b"broken".to_vec()),
        Piece::Junk => out.push(b"junk".to_vec()),
        Piece::Nothing => out.push(b"nothing".to_vec()),
    };
    bytes.chunks(part.min(bytes.len().max(1))).for_each(|part| cutter.push(part, watches, &mut each));
    let cut_off = cutter.finish(&mut each);
    out.extend(cut_off.then(|| b"cut off".to_vec()));
    out
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    gz.write_all(bytes).and_then(|()| gz.finish()).expect("memory")
}
