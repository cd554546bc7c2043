//! The same records in any files give the same report, and what cannot be read is said.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // a test that cannot go on ends
#![allow(clippy::format_collect, clippy::needless_raw_string_hashes)] // shorter, and a table of alike entries

use std::fs;
use std::io::Write as _;
use std::path::Path;

use backtest::evaluate::evaluate;
use backtest::read::read;
use backtest::report::{Control, Report, Source};
use backtest::table::table;
use backtest::watch::{Watch, Watches};
use filter_pattern::Pattern;
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use serde_json::{Value, json};
use yakei_core::controls::Catalogue;

const OFFICE: &str = r#"
[[schedule]]
timezone = "Asia/Tokyo"
windows = [{ days = ["Mon", "Tue", "Wed", "Thu", "Fri"], start = "09:00", end = "18:00" }]
holidays = ["2026-11-23"]
alarms = ["yakei-ConsoleLogin"]
[notify]
emails = ["security@example.com"]
[[notify.ignore]]
who = "ci"
reason = "nightly"
[[notify.known]]
name = "Osaka VPN"
source_ip = "203.0.113.0/24"
"#;

fn watches(config: &str, today: Option<&str>) -> Watches {
    let folder = tempfile::tempdir().unwrap();
    let watch = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        Watch::read(&path).unwrap()
    };
    Watches::new(watch("coming.toml", config), today.map(|text| watch("today.toml", text))).unwrap()
}

fn report(root: &Path, watches: &Watches) -> Report {
    let (tallies, sums) = read(root, watches, &());
    let report = evaluate(watches, &tallies, Source::Files, sums);
    schema::BACKTEST.check(&serde_json::to_value(&report).unwrap()).unwrap();
    report
}

fn of<'r>(report: &'r Report, key: &str) -> &'r Control {
    report.controls.iter().find(|it| it.key == key).unwrap()
}

/// A sign-in by somebody at a time.
fn sign_in(id: &str, who: &str, time: &str, address: &str) -> Value {
    json!({"eventVersion": "1.08", "userIdentity": {"type": "IAMUser", "userName": who, "accountId": "111122223333"},
        "eventTime": time, "eventSource": "signin.amazonaws.com", "eventName": "ConsoleLogin", "awsRegion": "us-east-1",
        "sourceIPAddress": address, "responseElements": {"ConsoleLogin": "Success"}, "eventID": id,
        "additionalEventData": {"MFAUsed": "Yes"}, "recipientAccountId": "111122223333"})
}

fn gz(text: &str) -> Vec<u8> {
    let mut gz = GzEncoder::new(Vec::new(), Compression::default());
    gz.write_all(text.as_bytes()).unwrap();
    gz.finish().unwrap()
}

fn file(records: &[Value]) -> String {
    json!({"Records": records}).to_string()
}

fn lines(records: &[Value]) -> String {
    records.iter().map(|it| format!("{it}\n")).collect()
}

#[test]
fn an_alarm_is_muted_told_or_kept_back_as_the_functions_would() {
    let folder = tempfile::tempdir().unwrap();
    let records = [
        sign_in("1", "alice", "2026-11-24T01:00:00Z", "203.0.113.5"), // Tuesday 10:00 in Tokyo
        sign_in("2", "alice", "2026-11-24T01:04:00Z", "203.0.113.5"), // the same alarm
        sign_in("3", "bob", "2026-11-23T01:00:00Z", "192.0.2.1"),     // a holiday
        sign_in("4", "ci", "2026-11-24T18:00:00Z", "192.0.2.1"),      // night, agreed upon
        sign_in("5", "ci", "2026-11-25T18:00:00Z", "192.0.2.1"),      // the same,
        sign_in("6", "eve", "2026-11-25T18:00:30Z", "198.51.100.7"),  // and somebody else beside it
        sign_in("7", "ci", "2026-11-24T23:59:30Z", "192.0.2.1"),      // goes off at 09:00, when the office opens
    ];
    fs::write(folder.path().join("a.json"), file(&records)).unwrap();
    let report = report(folder.path(), &watches(OFFICE, None));
    let login = of(&report, "ConsoleLogin");
    assert_eq!((login.events, login.alarms, login.muted, login.kept_back), (7, 5, 2, 1));
    assert_eq!((login.by_hour[1][10], login.by_hour[0][10], login.by_hour[2][9], login.by_hour[3][3]), (1, 1, 1, 1));
    assert_eq!((login.events_by_hour[1][10], login.events_by_hour[2][8]), (2, 1));
    assert_eq!((login.business_hours[0][9], login.business_hours[4][17], login.business_hours[4][18]), (1.0, 1.0, 0.0));
    assert_eq!(login.halving_threshold, Some(2));
    let who: Vec<_> = login.who.iter().map(|it| (it.who.as_str(), it.count)).collect();
    assert_eq!(who, [("ci", 3), ("alice", 2), ("bob", 1), ("eve", 1)]);
    assert_eq!((login.from[0].source_ip.as_str(), login.from[0].count), ("192.0.2.1", 4));
    assert_eq!(login.from[1].network.as_deref(), Some("Osaka VPN"));
    assert_eq!(
        login.weeks.iter().map(|it| (it.from.to_string(), it.alarms, it.muted)).collect::<Vec<_>>(),
        [("2026-11-23".to_owned(), 5, 2)]
    );
    assert_eq!((report.records, report.files, report.timezone.as_str()), (7, 1, "Asia/Tokyo"));
    assert_eq!((report.from, report.to), ("2026-11-23T01:00:00Z".parse().ok(), "2026-11-25T18:00:30Z".parse().ok()));
    // A control that no schedule names is never muted.
    assert_eq!(of(&report, "RootUsage").business_hours, [[0.0; 24]; 7]);
}

#[test]
fn a_coming_config_is_compared_with_todays() {
    let folder = tempfile::tempdir().unwrap();
    let records: Vec<Value> =
        (0..4).map(|n| sign_in(&n.to_string(), "alice", &format!("2026-11-2{n}T18:00:00Z"), "192.0.2.1")).collect();
    fs::write(folder.path().join("a.jsonl"), lines(&records)).unwrap();
    let coming = format!("{OFFICE}[controls]\nskip = [\"RootUsage\"]\nthresholds = {{ ConsoleLogin = 2 }}\n");
    let today = OFFICE.replace("\"Asia/Tokyo\"", "\"America/New_York\"")
        + "[controls]\nonly = [\"ConsoleLogin\", \"RootUsage\"]\n";
    let report = report(folder.path(), &watches(&coming, Some(&today)));
    let login = of(&report, "ConsoleLogin");
    assert_eq!((login.alarms, login.threshold, login.halving_threshold), (0, 2.0, None));
    let change = login.change.as_ref().unwrap();
    // 13:01 in New York on a Friday, a Saturday, a Sunday and the holiday.
    assert_eq!((change.alarms_today, change.muted_today, change.threshold_today), (4, 1, Some(1.0)));
    let gone = of(&report, "RootUsage");
    assert_eq!((gone.chosen, gone.alarms), (false, 0));
    assert_eq!(gone.change.as_ref().unwrap().threshold_today, Some(1.0));
    assert_eq!(of(&report, "VPCChanges").change.as_ref().unwrap().threshold_today, None);
}

/// Everything that goes wrong with files, in one tree: each is named, and what it still gives counts.
#[test]
fn broken_files_are_named_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let put = |name: &str, bytes: &[u8]| {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    let some = |from: u32| -> Vec<Value> {
        (from..from + 400)
            .map(|n| sign_in(&format!("id-{n}"), &format!("user{n}"), "2026-11-24T18:00:00Z", "192.0.2.1"))
            .collect()
    };
    put("AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/24/good.json.gz", &gz(&file(&some(0))));
    put("AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/11/24/d.json.gz", b"whatever");
    put("AWSLogs/111122223333/CloudTrail-Insight/us-east-1/2026/11/24/i.json.gz", b"whatever");
    let packed = gz(&file(&some(1000)));
    put("cut.json.gz", &packed[..packed.len() / 2]);
    put("empty.json.gz", b"");
    put("garbage.json.gz", &gz("\u{0}\u{1}{{{ \" no json"));
    put("noise.gz", &[0x1f, 0x8b, 8, 0, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9]);
    put("notes.txt", b"nothing of interest\n");
    put("other.json", br#"{"level":"info"}"#);
    put("nothing.json", br#"{"Records":[]}"#);
    put("brackets.json", b"[ ]\n");
    let (one, two) = (sign_in("one", "alice", "2026-11-24T18:00:00Z", "192.0.2.1"), some(4000).remove(0));
    let three = sign_in("three", "alice", "2026-11-24T18:00:00Z", "192.0.2.1");
    put("behind.json", format!("{{\"Records\":[{three}]}}\u{1}\0").as_bytes());
    put("between.json", format!("{{\"Records\":[{one},null,{two} x ]}}").as_bytes());
    put(
        "renamed-digest.json",
        br#"{"awsAccountId":"111122223333","digestStartTime":"2026-11-24T00:00:00Z","logFiles":[{"s3Bucket":"b"}]}"#,
    );
    put("lines.jsonl", format!("{}START RequestId\n{}", lines(&some(2000)), lines(&some(3000))).as_bytes());
    let report = report(root, &watches(OFFICE, None));
    let named: Vec<_> = report.skipped.iter().map(|it| (it.file.as_str(), it.why.as_str(), it.records)).collect();
    let cut = report.skipped.iter().find(|it| it.file == "cut.json.gz").unwrap().records;
    assert!((100..300).contains(&cut), "{cut}");
    let noise = report.skipped.iter().find(|it| it.file == "noise.gz").unwrap();
    assert!(noise.why.contains("gzip"), "{noise:?}");
    assert_eq!(
        named,
        [
            ("behind.json", "1 time(s) there is something else between its records", 1),
            ("between.json", "2 time(s) there is something else between its records", 2),
            ("brackets.json", "holds no records", 0),
            ("cut.json.gz", "is cut off: its gzip ends too soon", cut),
            ("empty.json.gz", "is empty", 0),
            ("garbage.json.gz", "ends in the middle of its JSON", 0),
            ("lines.jsonl", "1 line(s) or record(s) are not JSON, or cut off", 800),
            ("noise.gz", noise.why.as_str(), 0),
            ("notes.txt", "1 line(s) or record(s) are not JSON, or cut off", 0),
            ("other.json", "1 object(s) are no CloudTrail records", 0),
        ]
    );
    assert_eq!((report.files, report.records, report.duplicates), (5, 1203 + cut, 0));
    assert_eq!((report.digest_files, report.insight_files), (2, 1));
    assert_eq!(of(&report, "ConsoleLogin").events, 1203 + cut);
}

/// Exit status 1 says that nothing could be read, and why; an hour in which nothing happened was read.
#[test]
fn the_exit_status_says_whether_anything_could_be_read() {
    let run = |files: &[(&str, &[u8])]| {
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("logs");
        for (name, bytes) in files {
            let file = logs.join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, bytes).unwrap();
        }
        fs::create_dir_all(&logs).unwrap();
        let config = folder.path().join("yakei.toml");
        fs::write(&config, OFFICE).unwrap();
        let done = std::process::Command::new(env!("CARGO_BIN_EXE_backtest"))
            .arg(&logs)
            .args(["--config".as_ref(), config.as_os_str(), "--out".as_ref(), folder.path().join("out").as_os_str()])
            .output()
            .unwrap();
        (done.status.code(), String::from_utf8(done.stderr).unwrap())
    };
    let quiet: &[u8] = br#"{"Records":[]}"#;
    assert_eq!(run(&[("a.json", quiet)]).0, Some(0));
    assert_eq!(run(&[("a.json", quiet), ("b.json", b"")]).0, Some(0));
    for (files, why) in [
        (&[][..], "there is no file in it"),
        (&[("a.json", b"".as_slice())][..], "a.json is empty"),
        (&[("a.json", b" [] \n".as_slice())][..], "a.json holds no records"),
        (&[("CloudTrail-Digest/d.json.gz", b"x".as_slice())][..], "1 digest file(s), which hold no records of events"),
    ] {
        let (code, said) = run(files);
        assert_eq!(code, Some(1), "{why}");
        assert!(said.contains(why), "{said}");
    }
}

/// `make backtest … | head`: the report is written, and that is no failure.
#[test]
fn who_reads_no_further_ends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (config, out) = (folder.path().join("yakei.toml"), folder.path().join("out"));
    fs::write(&config, OFFICE).unwrap();
    let logs = folder.path().join("a.jsonl");
    fs::write(&logs, lines(&[sign_in("one", "alice", "2026-11-24T18:00:00Z", "192.0.2.1")])).unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut run = std::process::Command::new(env!("CARGO_BIN_EXE_backtest"));
    let done = run.arg(&logs).arg("--config").arg(&config).arg("--out").arg(&out).stdout(writer).output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success() && !said.contains("panicked"), "{said}");
    assert!(out.join("report.html").exists());
}

/// As older systems have written them.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_whose_name_is_no_utf8_is_read() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = tempfile::tempdir().unwrap();
    let logs = folder.path().join(std::ffi::OsStr::from_bytes(b"lat\xfcin"));
    let (config, out) = (folder.path().join("yakei.toml"), folder.path().join(std::ffi::OsStr::from_bytes(b"\xff")));
    fs::create_dir(&logs).unwrap();
    fs::write(&config, OFFICE).unwrap();
    let records = lines(&[sign_in("one", "alice", "2026-11-24T18:00:00Z", "192.0.2.1")]);
    fs::write(logs.join(std::ffi::OsStr::from_bytes(b"\xe9.jsonl")), records).unwrap();
    let mut run = std::process::Command::new(env!("CARGO_BIN_EXE_backtest"));
    let done = run.arg(&logs).arg("--config").arg(&config).arg("--out").arg(&out).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(fs::read_to_string(out.join("report.json")).unwrap().contains("\"records\":1"));
}

/// A metric filter counts nothing that is no JSON, so neither are these counted; but nobody is to take them for quiet records.
#[test]
fn a_record_that_is_no_json_is_named_where_it_might_have_mattered() {
    let good = sign_in("good", "alice", "2026-11-24T18:00:00Z", "192.0.2.1").to_string();
    let deep = format!("{{\"a\":{}1{}}}", "{\"a\":".repeat(300), "}".repeat(300));
    let quiet = sign_in("deep", "eve", "2026-11-24T18:00:00Z", "192.0.2.1").to_string();
    let quiet = quiet.replace("ConsoleLogin", "Nothing").replace("\"Success\"", &deep).replace("\"Yes\"", "\"Root\"");
    let broken = [
        good.replace(":\"Success\"", ":Success"),
        good.replace("\"eventName\":", "\"readOnly\":True,\"eventName\":"),
        good.replace(":\"alice\"", ":\"alice\","),
    ];
    let [a, b, c] = broken;
    for text in [format!("{good}\n{a}\n{b}\n{quiet}\n{c}\n"), format!("{{\"Records\":[{a},{b},{good},{c},{quiet}]}}")] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.json.gz"), gz(&text)).unwrap();
        let report = report(folder.path(), &watches(OFFICE, None));
        assert_eq!((report.records, of(&report, "ConsoleLogin").events), (2, 1), "{text}");
        let why: Vec<_> = report.skipped.iter().map(|it| (it.why.as_str(), it.records)).collect();
        assert_eq!(why, [("3 line(s) or record(s) are not JSON, or cut off", 2)], "{text}");
    }
}

/// What is asked in vain is said before anything is read.
#[test]
fn a_bucket_and_a_folder_that_cannot_be_written_are_named_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let (config, file) = (folder.path().join("yakei.toml"), folder.path().join("file"));
    fs::write(&config, OFFICE).unwrap();
    fs::write(&file, "").unwrap();
    let run = |logs: &str, out: &Path| {
        let mut run = std::process::Command::new(env!("CARGO_BIN_EXE_backtest"));
        let done = run.args([logs, "--config"]).arg(&config).arg("--out").arg(out).output().unwrap();
        (done.status.code(), String::from_utf8(done.stderr).unwrap())
    };
    let (code, said) = run("s3://bucket/AWSLogs", &folder.path().join("out"));
    assert!(code == Some(1) && said.contains("s3://bucket/AWSLogs is a bucket") && said.contains("ATHENA="), "{said}");
    for (out, why) in [(file.clone(), "it is no folder"), (file.join("below"), "Not a directory")] {
        let (code, said) = run("nowhere", &out);
        assert!(code == Some(1) && said.contains(why) && said.contains("file"), "{said}");
    }
}

/// A caller may nest what looks like a record into a parameter, and may name an id that another record has.
#[test]
fn what_a_stranger_nests_is_no_record_and_hides_none() {
    let folder = tempfile::tempdir().unwrap();
    let real = sign_in("real", "alice", "2026-11-24T18:00:00Z", "192.0.2.1");
    let inner = sign_in("real", "eve", "2026-11-20T18:00:00Z", "192.0.2.1");
    let outer = json!({"eventVersion": "1.08", "userIdentity": {"type": "IAMUser", "userName": "eve"}, "eventTime": "2026-11-24T10:00:00Z",
        "eventSource": "ssm.amazonaws.com", "eventName": "PutInventory", "eventID": "outer",
        "requestParameters": {"items": [{"a": "b"}, inner, {"a": "},{\"eventVersion\":\"1.08\",\"eventName\":\"ConsoleLogin\"}"}]}});
    fs::write(folder.path().join("1.json"), file(&[outer.clone(), outer.clone()])).unwrap();
    fs::write(folder.path().join("2.json"), file(&[real.clone(), real])).unwrap();
    let report = report(folder.path(), &watches(OFFICE, None));
    let login = of(&report, "ConsoleLogin");
    assert_eq!((login.events, login.alarms, login.who[0].who.as_str()), (1, 1, "alice"));
    assert_eq!((report.records, report.duplicates), (2, 2));
}

#[test]
fn what_is_too_long_for_the_log_group_sets_off_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut long = sign_in("long", "alice", "2026-11-24T18:00:00Z", "192.0.2.1");
    long["requestParameters"] = json!({"x": "y".repeat(300_000)});
    let short = sign_in("short", "alice", "2026-11-24T18:00:00Z", "192.0.2.1");
    fs::write(folder.path().join("a.json.gz"), gz(&file(&[long, short]))).unwrap();
    let report = report(folder.path(), &watches(OFFICE, None));
    assert_eq!((report.records, report.too_long, of(&report, "ConsoleLogin").events), (1, 1, 1));
}

/// What other programs make of events is not read, however long it is: that is said, with what to do, and is no record that is
/// too long.
#[test]
fn events_in_another_form_are_named_with_what_makes_lines_of_them() {
    for count in [2, 600] {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, value: &Value| fs::write(folder.path().join(name), value.to_string()).unwrap();
        let records = || (0..count).map(|n| sign_in(&n.to_string(), "alice", "2026-11-24T18:00:00Z", "192.0.2.1"));
        let texts = |member: &str| records().map(|it| json!({ member: it.to_string() })).collect::<Vec<_>>();
        put("events.json", &json!({"Events": texts("CloudTrailEvent")}));
        put("log.json", &json!({"events": texts("message")}));
        put("other.json", &json!({"About": {"by": "us"}, "Records": records().collect::<Vec<_>>()}));
        let report = report(folder.path(), &watches(OFFICE, None));
        assert_eq!((report.records, report.too_long, report.files), (0, 0, 0), "{count}");
        let why: Vec<_> = report.skipped.iter().map(|it| (it.file.as_str(), it.why.as_str())).collect();
        let none = "1 object(s) are no CloudTrail records";
        let of = |program: &str, filter: &str| {
            format!("{none}, but events as {program} prints them: jq -r '{filter}' makes lines that are read")
        };
        assert_eq!(
            why,
            [
                ("events.json", of("aws cloudtrail lookup-events", ".Events[].CloudTrailEvent").as_str()),
                ("log.json", of("aws logs filter-log-events", ".events[].message").as_str()),
                ("other.json", none),
            ]
        );
    }
}

/// Files of which nothing can match are counted without being cut apart, others are cut: the counts are the same.
#[test]
fn an_event_without_a_time_is_counted_and_said_to_be_in_no_period() {
    let folder = tempfile::tempdir().unwrap();
    let mut events: Vec<Value> =
        (0..4).map(|n| sign_in(&format!("u-{n}"), "alice", "2026-11-20T20:00:00Z", "203.0.113.5")).collect();
    events[1].as_object_mut().unwrap().remove("eventTime");
    events[2]["eventTime"] = json!("yesterday");
    fs::write(folder.path().join("a.json"), file(&events)).unwrap();
    let report = report(folder.path(), &watches(OFFICE, None));
    let control = of(&report, "ConsoleLogin");
    assert_eq!((control.events, control.undated, control.alarms), (4, 2, 1));
    assert_eq!(control.events_by_hour.iter().flatten().sum::<u64>(), 2);
    assert!(table(&report).contains("events without a time, which set off no alarm here: ConsoleLogin (2)"));
}

#[test]
fn records_that_nothing_matches_are_counted_in_every_way_of_reading() {
    let quiet = |n: usize| {
        json!({"eventVersion": "1.08", "userIdentity": {"type": "IAMUser", "userName": "alice"}, "eventName": "DescribeInstances",
            "eventTime": format!("2026-11-{:02}T18:00:00Z", 1 + n % 28), "eventSource": "ec2.amazonaws.com", "eventID": format!("id-{n}")})
    };
    let records: Vec<Value> = (0..300).chain(200..250).map(quiet).collect();
    // Longer than what is read in one go, so that it is cut from parts.
    let large = format!(
        "{{\"Records\":[{}]}}",
        records.iter().map(|it| format!("{it}{}", " ".repeat(30_000))).collect::<Vec<_>>().join(",")
    );
    assert!(large.len() > 9 << 20);
    let escaped = file(&records).replacen("DescribeInstances", "Describe\\u0049nstances", 1);
    for (name, bytes) in [
        ("whole.json.gz", gz(&file(&records))),
        ("whole.json", file(&records).into_bytes()),
        ("cut.json.gz", gz(&escaped)),
        ("lines.jsonl", lines(&records).into_bytes()),
        ("large.json", large.clone().into_bytes()),
        ("large.json.zst", compress_to_vec(large.as_bytes(), CompressionLevel::Fastest)),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(name), bytes).unwrap();
        let report = report(folder.path(), &watches(OFFICE, None));
        assert_eq!((report.records, report.duplicates, report.skipped.len(), report.files), (300, 50, 0, 1), "{name}");
        assert_eq!(
            (report.from, report.to),
            ("2026-11-01T18:00:00Z".parse().ok(), "2026-11-28T18:00:00Z".parse().ok()),
            "{name}"
        );
    }
    let mut long = quiet(0);
    long["requestParameters"] = json!({"x": "y".repeat(300_000)});
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("long.json"), file(&[quiet(1), long, quiet(2)])).unwrap();
    let report = report(folder.path(), &watches(OFFICE, None));
    assert_eq!((report.records, report.too_long), (2, 1));
}

/// The patterns of the catalogue over all their samples and more: what a metric filter counts, the backtest counts.
#[test]
fn verdicts_are_those_of_the_metric_filters() {
    let everything = format!("{OFFICE}[controls]\ncompanions = true\nextra = [\"sign-ins\", \"attackers\"]\n{}", own());
    let watches = watches(&everything, None);
    let catalogue = Catalogue::builtin().unwrap();
    let mut records: Vec<Value> = Vec::new();
    for control in catalogue.controls() {
        let companion = control.companion.iter().flat_map(|it| it.must_match.iter().chain(&it.must_not_match));
        for sample in control.must_match.iter().chain(&control.must_not_match).chain(companion) {
            records.push(serde_json::from_str(sample).unwrap());
        }
    }
    for (n, record) in records.iter_mut().enumerate() {
        record["eventID"] = json!(format!("id-{n}"));
        record["eventTime"] = json!("2026-11-24T18:00:00Z");
    }
    let identified = |(n, text): (usize, &&str)| format!("{},\"eventID\":\"h-{n}\"}}", &text[..text.len() - 1]);
    let plain = hostile();
    let hostile = plain.iter().map(|it| (*it).to_owned()).chain(plain.iter().enumerate().map(identified));
    let texts: Vec<String> = records.iter().map(Value::to_string).chain(hostile).collect();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.json.gz"), gz(&format!("{{\"Records\":[{}]}}", texts.join(",")))).unwrap();
    let report = report(folder.path(), &watches);
    assert!(report.controls.len() > 25);
    for control in &report.controls {
        // One of several patterns a line.
        let patterns: Vec<Pattern> = control.pattern.lines().map(|it| Pattern::parse(it).unwrap()).collect();
        let counted = texts.iter().filter(|it| patterns.iter().any(|pattern| pattern.matches(it))).count() as u64;
        assert_eq!(control.events, counted, "{}", control.key);
    }
    assert!(report.controls.iter().filter(|it| it.events > 0).count() > 24);
}

/// Controls of one's own with every kind of condition.
fn own() -> String {
    let patterns = [
        r#"{ $.userIdentity.invokedBy NOT EXISTS }"#,
        r#"{ $.requestParameters.maxResults > 5 }"#,
        r#"{ $.requestParameters.items[*].name = "x*" }"#,
        r#"{ $.responseElements IS NULL || $.readOnly IS FALSE }"#,
        r#"{ ($.eventName = "Delete*") && ($.errorCode != "*Denied*") }"#,
        r#"{ $.sourceIPAddress = %10\.0\.[0-9]+\.7% }"#,
        r#"{ $.eventName = "PutItem" && $.requestParameters.*.deep = 1 }"#,
        r#"AccessDenied -HeadBucket"#,
    ];
    let entry = |(n, pattern): (usize, &&str)| {
        format!("[[controls.own]]\nkey = \"Own{n}\"\npattern = '{pattern}'\nnotice = \"x\"\n")
    };
    patterns.iter().enumerate().map(entry).collect()
}

/// Records that a careless reader takes for others.
fn hostile() -> [&'static str; 10] {
    [
        r#"{"eventName":"Console\u004cogin","eventSource":"signin.amazonaws.com"}"#,
        r#"{"event\u004eame":"ConsoleLogin","eventSource":"signin.amazonaws.com"}"#,
        r#"{"eventName":"X","eventName":"ConsoleLogin","requestParameters":{"eventName":"Y"}}"#,
        r#"{"eventName":"ConsoleLogin","eventName":"X","eventSource":"s3.amazonaws.com"}"#,
        r#"{"eventName":"X","requestParameters":{"eventName":"DeleteTrail","s":"{\"eventName\":\"DeleteTrail\"}"}}"#,
        r#"{"eventName" : "DeleteTrail" , "errorCode" : "AccessDenied"}"#,
        r#"{"eventName":"DeleteBucket","eventSource":"s3.amazonaws.com","readOnly":false,"userAgent":"}]},{\"eventVersion\""}"#,
        r#"{"eventName":"PutItem","requestParameters":{"a":{"deep":1.0},"maxResults":6,"items":[{"name":"y"},{"name":"xz"}]},"sourceIPAddress":"10.0.3.7"}"#,
        r#"{"eventName":"DeleteUser","errorCode":"NoSuchEntity","userIdentity":{"type":"IAMUser","userName":"\ud83d"}}"#,
        r#"{"userIdentity":{"type":"Root","invokedBy":"x"},"eventType":"AwsServiceEvent","eventName":"A"}"#,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// However the records are split into files, packed, doubled and laid out, the controls tell the same.
    #[test]
    fn any_files_of_the_same_records_give_the_same_report(
        picks in prop::collection::vec((0..40_usize, 0..6_usize, 0..5_usize, any::<bool>()), 1..60),
    ) {
        let people = ["alice", "bob", "ci", "eve\u{202e}", "日本"];
        let record = |n: usize| sign_in(&format!("id-{n}"), people[n % 5], &format!("2026-11-{:02}T{:02}:{:02}:00Z", 10 + n % 15, n % 24, n * 7 % 60), ["203.0.113.5", "192.0.2.1"][n % 2]);
        let watches = watches(OFFICE, None);
        let plain = tempfile::tempdir().unwrap();
        let mut different: Vec<usize> = picks.iter().map(|it| it.0).collect();
        different.sort_unstable();
        different.dedup();
        fs::write(plain.path().join("all.jsonl"), lines(&different.iter().map(|n| record(*n)).collect::<Vec<_>>())).unwrap();

        let split = tempfile::tempdir().unwrap();
        let (mut files, mut written) = (std::collections::BTreeMap::<(usize, usize), Vec<Value>>::new(), 0);
        for (n, file, form, twice) in &picks {
            let times = 1 + usize::from(*twice);
            written += times;
            files.entry((*file, *form)).or_default().extend(std::iter::repeat_n(record(*n), times));
        }
        for ((number, form), records) in &files {
            let folder = split.path().join(format!("{number}/deep"));
            fs::create_dir_all(&folder).unwrap();
            let bytes = match form {
                0 => gz(&file(records)),
                1 => compress_to_vec(lines(records).as_bytes(), CompressionLevel::Fastest),
                2 => records.iter().flat_map(|it| gz(&file(std::slice::from_ref(it)))).collect(),
                3 => serde_json::to_vec_pretty(&json!({"Records": records})).unwrap(),
                _ => lines(records).into_bytes(),
            };
            fs::write(folder.join(format!("{form}.bin")), bytes).unwrap();
        }
        let (one, other) = (report(plain.path(), &watches), report(split.path(), &watches));
        prop_assert_eq!(&one.controls, &other.controls);
        prop_assert_eq!((one.records, one.from, one.to), (other.records, other.from, other.to));
        prop_assert_eq!(other.records + other.duplicates, written as u64);
        prop_assert!(other.skipped.is_empty(), "{:?}", other.skipped);
    }
}
