//! One verdict, whoever is asked: the pattern itself, an AWS over the wire (`TestMetricFilter`, and `FilterLogEvents` as the
//! enricher asks), the backtest from the bytes of packed files on, and the query for Athena. Each pattern of the
//! catalogue, of filter-pattern's fixtures, generated ones and hostile ones, on each record of all of these.
//!
//! Records get a name, a time and an id of their own first, so that each is a record of CloudTrail's and can be told apart in
//! the backtest's minutes; all ways judge the same text.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[allow(dead_code, reason = "shared with the tests of verdicts")]
mod both_ways;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use backtest::read::read;
use backtest::sql::{Watch as Asked, judged};
use backtest::watch::{Watch, Watches};
use both_ways::{
    catalogue, fixtures, generate, has_fraction, hostile, is_one_of_a_file, on_duckdb, records_of_the_catalogue, root,
    tools,
};
use filter_pattern::Pattern;
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};
use yakei_core::controls::Control;

/// Patterns of a record's own text, which SQL refuses.
const IN_WORDS: [&str; 6] = ["ConsoleLogin", "?alice ?bob", "Made -alice", "\"us-east-1\"", "%[a-z]{4}%", "ERROR"];

/// By pattern, the numbers of the records that match; none where a way does not judge the pattern.
type Verdicts = Vec<Option<BTreeSet<usize>>>;

/// The patterns' texts, each once.
fn patterns() -> Vec<String> {
    let mut random = fastrand::Rng::with_seed(20_261_126);
    let mut all: Vec<String> = catalogue().iter().flat_map(|watch| &watch.patterns).map(ToString::to_string).collect();
    all.extend(fixtures().0);
    all.extend((0..200).map(|_| generate::pattern(&mut random)));
    all.extend(hostile::patterns());
    all.extend(IN_WORDS.map(str::to_owned));
    let mut seen = BTreeSet::new();
    all.retain(|text| Pattern::parse(text).is_ok() && seen.insert(text.clone()));
    all
}

/// The records that can be prepared, and how many of them SQL is to judge: these come first.
fn records() -> (Vec<String>, usize) {
    let mut random = fastrand::Rng::with_seed(20_261_127);
    let mut all = records_of_the_catalogue();
    all.extend(fixtures().1);
    all.extend((0..150).map(|_| generate::record(&mut random)));
    all.extend(hostile::records());
    let (in_sql, mut beyond): (Vec<String>, Vec<String>) = all.into_iter().partition(|it| is_one_of_a_file(it));
    beyond.extend(hostile::records_beyond_sql());
    let mut number = 0;
    let mut prepare = |all: Vec<String>| {
        let mut prepared = Vec::new();
        for record in all {
            if let Some(record) = prepared_as(&record, number) {
                number += 1;
                prepared.push(record);
            }
        }
        prepared
    };
    let mut all = prepare(in_sql);
    let of_sql = all.len();
    all.extend(prepare(beyond));
    (all, of_sql)
}

/// The minute by which a record is known, since 1970.
fn minute(number: usize) -> i64 {
    let first: Timestamp = "2026-10-01T00:00:00Z".parse().unwrap();
    first.as_second() / 60 + i64::try_from(number).unwrap()
}

/// The record as one of CloudTrail's; none of what is no object.
fn prepared_as(record: &str, number: usize) -> Option<String> {
    let body = record.trim().strip_prefix('{')?;
    let time = Timestamp::UNIX_EPOCH + (minute(number) * 60).seconds();
    let mut own = json!({"eventName": "Made", "eventTime": time.to_string(), "eventID": format!("id-{number}")});
    let own = own.as_object_mut().unwrap();
    let mut body = body.to_owned();
    match serde_json::from_str::<Value>(record) {
        Ok(Value::Object(has)) => {
            for name in ["eventTime", "eventID"] {
                if let Some(old) = has.get(name) {
                    let old = old.to_string();
                    body = body.replace(&old, &own[name].to_string());
                    own.remove(name);
                }
            }
            if has.contains_key("eventName") {
                own.remove("eventName");
            }
        }
        _ if body.contains("event") => return None,
        _ => {}
    }
    let mut made: Vec<String> = own.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    if body.trim_start() != "}" {
        made.push(String::new());
    }
    let made = made.join(",");
    let whole = format!("{{{made}{body}");
    // only what is still told apart by its time
    match serde_json::from_str::<Value>(&whole) {
        Ok(value) => (value["eventTime"] == json!(time.to_string())
            && value["eventID"] == json!(format!("id-{number}")))
        .then_some(whole),
        Err(_) => (record.contains("e999") || record.matches("\"v\"").count() > 1).then_some(whole),
    }
}

fn by_pattern(patterns: &[String], records: &[String]) -> Verdicts {
    let matching = |text: &String| {
        let pattern = Pattern::parse(text).unwrap();
        Some((0..records.len()).filter(|at| pattern.matches(&records[*at])).collect())
    };
    patterns.iter().map(matching).collect()
}

/// The local AWS, ended with the test.
struct Aws(Child);

impl Drop for Aws {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// By `TestMetricFilter`, and by `FilterLogEvents`.
fn over_the_wire(patterns: &[String], records: &[String]) -> [Verdicts; 2] {
    let venv = Command::new("sh").arg(root().join("tests/local-aws/venv.sh")).status().unwrap();
    assert!(venv.success(), "no .venv");
    let program = Path::new(env!("CARGO_BIN_EXE_backtest")).with_file_name("local-aws");
    let started = Command::new(&program).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut aws =
        Aws(started.unwrap_or_else(|error| panic!("{}: {error}; cargo build --workspace --bins", program.display())));
    let mut line = String::new();
    BufReader::new(aws.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let endpoint = line.trim().strip_prefix("AWS_ENDPOINT_URL=").expect("the local AWS starts").to_owned();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/over_the_wire.py");
    let mut asking = Command::new(tools()).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let asked = json!({"endpoint": endpoint, "patterns": patterns, "messages": records});
    asking.stdin.take().unwrap().write_all(asked.to_string().as_bytes()).unwrap();
    let answer = asking.wait_with_output().unwrap();
    assert!(answer.status.success());
    let answer: Value = serde_json::from_slice(&answer.stdout).unwrap();
    let numbers = |list: &Value| {
        let numbers: Vec<usize> = serde_json::from_value(list.clone()).unwrap();
        let once: BTreeSet<usize> = numbers.iter().copied().collect();
        assert_eq!(once.len(), numbers.len(), "an event is found twice");
        Some(once)
    };
    ["tested", "found"].map(|way| answer[way].as_array().unwrap().iter().map(numbers).collect())
}

/// The backtest, each pattern alone: so that what its bytes say of a record is used as far as it ever is.
fn by_files(patterns: &[String], records: &[String], folder: &Path) -> Verdicts {
    let file = folder.join("yakei.toml");
    fs::write(&file, "[[schedule]]\ntimezone = \"UTC\"\nwindows = []\n").unwrap();
    let base = Watch::read(&file).unwrap();
    let layouts = [0, 1, 2].map(|turn| laid_out(records, &folder.join(turn.to_string()), turn));
    let matching = |(at, text): (usize, &String)| {
        let control = Control { pattern: text.clone(), further: Vec::new(), ..base.controls[0].clone() };
        let watch = Watch { path: base.path.clone(), config: base.config.clone(), controls: vec![control] };
        let watches = Watches::new(watch, None).unwrap();
        let (tallies, sums) = read(&layouts[at % 3], &watches, &());
        assert_eq!(
            (sums.records, sums.duplicates, sums.too_long),
            (records.len() as u64, 0, 0),
            "{text}: {:?}",
            sums.skipped
        );
        let tally = tallies.of(0).unwrap();
        assert_eq!(tally.undated, 0, "{text}");
        let by_minute: BTreeMap<i64, usize> = (0..records.len()).map(|number| (minute(number), number)).collect();
        Some(tally.minutes.keys().map(|(_, minute)| by_minute[minute]).collect())
    };
    patterns.iter().enumerate().map(matching).collect()
}

/// A third of the records in files of their own, a third together in one, a third as JSON lines.
fn laid_out(records: &[String], folder: &Path, turn: usize) -> std::path::PathBuf {
    fs::create_dir_all(folder).unwrap();
    let packed = |name: &str, text: &str| {
        let mut file = GzEncoder::new(fs::File::create(folder.join(name)).unwrap(), Compression::fast());
        file.write_all(text.as_bytes()).unwrap();
        file.finish().unwrap();
    };
    let third = |wanted: usize| {
        records.iter().enumerate().filter(move |(at, _)| (at + turn) % 3 == wanted).map(|(_, record)| record.as_str())
    };
    for (at, record) in third(0).enumerate() {
        packed(&format!("{at}.json.gz"), &format!("{{\"Records\":[{record}]}}"));
    }
    packed("together.json.gz", &format!("{{\"Records\":[{}]}}", third(1).collect::<Vec<_>>().join(",")));
    // a record may be written over several lines
    let lines: Vec<String> = third(2).map(|record| record.replace('\n', " ")).collect();
    fs::write(folder.join("lines.jsonl"), lines.join("\n")).unwrap();
    folder.to_owned()
}

/// The query for Athena, on DuckDB: what matches, and what it leaves open.
fn by_sql(patterns: &[String], records: &[String]) -> (Verdicts, BTreeSet<(usize, usize)>) {
    let (mut verdicts, mut open) = (Verdicts::new(), BTreeSet::new());
    for some in patterns.chunks(150) {
        let watch = |text: &String| Asked { key: String::new(), patterns: vec![Pattern::parse(text).unwrap()] };
        let watches: Vec<Asked> = some.iter().map(watch).collect();
        let first = verdicts.len();
        let Ok((sql, refused)) = judged(&watches, "\"logs\".\"lines\"", None) else {
            verdicts.extend(some.iter().map(|_| None));
            continue;
        };
        let letters = on_duckdb(&sql, records).by_record;
        for at in 0..some.len() {
            let is = |number: usize, letter: u8| letters[number].as_ref().unwrap().as_bytes()[at] == letter;
            let all = |letter: u8| (0..records.len()).filter(move |number| is(*number, letter));
            open.extend(all(b'?').map(|number| (first + at, number)));
            verdicts.push((!refused.contains_key(&at)).then(|| all(b'1').collect()));
        }
    }
    (verdicts, open)
}

/// What a way says otherwise than the patterns themselves, on the first records.
fn differences(
    ours: &Verdicts,
    theirs: &Verdicts,
    records: usize,
    but: &BTreeSet<(usize, usize)>,
) -> (usize, Vec<(usize, usize)>) {
    let (mut compared, mut differ) = (0, Vec::new());
    for (at, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        let (Some(ours), Some(theirs)) = (ours, theirs) else { continue };
        for number in (0..records).filter(|number| !but.contains(&(at, *number))) {
            compared += 1;
            if ours.contains(&number) != theirs.contains(&number) {
                differ.push((at, number));
            }
        }
    }
    (compared, differ)
}

#[test]
fn a_pattern_itself_an_aws_over_the_wire_the_backtest_and_athenas_query_give_equal_verdicts() {
    let (patterns, (records, of_sql)) = (patterns(), records());
    let ours = by_pattern(&patterns, &records);
    let matching: usize = ours.iter().flatten().map(BTreeSet::len).sum();
    assert!(matching * 20 > patterns.len() * records.len(), "only {matching} verdicts are matches");
    let folder = tempfile::tempdir().unwrap();
    let [tested, found] = over_the_wire(&patterns, &records);
    let read = by_files(&patterns, &records, folder.path());
    let (asked, open) = by_sql(&patterns, &records[..of_sql]);
    assert!(open.iter().all(|(_, number)| has_fraction(&records[*number])), "left open without a number's text");

    let none = BTreeSet::new();
    let ways = [
        ("TestMetricFilter over the wire", &tested, records.len(), &none),
        ("FilterLogEvents over the wire", &found, records.len(), &none),
        ("the backtest's reader", &read, records.len(), &none),
        ("Athena's query", &asked, of_sql, &open),
    ];
    println!(
        "{} patterns x {} records = {} pairs, {matching} of them match",
        patterns.len(),
        records.len(),
        patterns.len() * records.len()
    );
    for (way, verdicts, on, but) in ways {
        let (compared, differ) = differences(&ours, verdicts, on, but);
        println!("{way}: {compared} pairs compared, {} differ", differ.len());
        let shown: Vec<String> =
            differ.iter().take(20).map(|(at, number)| format!("{} on {}", patterns[*at], records[*number])).collect();
        assert!(differ.is_empty(), "{way}:\n{}", shown.join("\n"));
    }
    let refused = asked.iter().filter(|it| it.is_none()).count();
    println!(
        "Athena's query: {refused} patterns refused, {} pairs left open, {} records not said in SQL",
        open.len(),
        records.len() - of_sql
    );
    assert_eq!(refused, IN_WORDS.len());
    assert!(open.len() * 20 < patterns.len() * of_sql);

    // The guard itself: of each way, a wrong pattern in place of the right one is seen.
    let wrong: Vec<String> = ["{ $.v NOT EXISTS || $.v != \"a\" }", "{ $.v = \"A\" }"].map(str::to_owned).to_vec();
    let right: Vec<String> = ["{ $.v != \"a\" }", "{ $.v = \"a\" }"].map(str::to_owned).to_vec();
    let few = hostile::records().into_iter().rev().take(40).enumerate();
    let few: Vec<String> = few.filter_map(|(at, record)| prepared_as(&record, at)).collect();
    let ours = by_pattern(&right, &few);
    let again = tempfile::tempdir().unwrap();
    let [tested, found] = over_the_wire(&wrong, &few);
    for (way, verdicts) in [
        ("tested", tested),
        ("found", found),
        ("read", by_files(&wrong, &few, again.path())),
        ("asked", by_sql(&wrong, &few).0),
    ] {
        let (_, differ) = differences(&ours, &verdicts, few.len(), &none);
        let patterns: BTreeSet<usize> = differ.iter().map(|(at, _)| *at).collect();
        assert_eq!(patterns.len(), 2, "{way} hides a wrong translation: {differ:?}");
    }
}
