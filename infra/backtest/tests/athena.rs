//! `make backtest ATHENA=`: the script, the program and the query together, against a stub of S3, CloudTrail and Athena over a
//! folder of logs. The report says of the controls what the report of the same files says.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[allow(dead_code, reason = "shared with the tests of verdicts")]
mod both_ways;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use both_ways::{root, tools};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

const CONFIG: &str = "[[schedule]]
timezone = \"Europe/Berlin\"
windows = [{ days = [\"Mon\", \"Tue\", \"Wed\", \"Thu\", \"Fri\"], start = \"09:00\", end = \"18:00\" }]
[notify]
emails = [\"a@example.com\"]
[[notify.ignore]]
who = \"ci\"
reason = \"the pipeline\"
[[notify.known]]
name = \"office\"
source_ip = [\"203.0.113.0/24\"]
";

/// The stub, its folder, and the run's own.
struct World {
    folder: tempfile::TempDir,
    stub: Child,
    port: u16,
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.stub.kill();
        let _ = self.stub.wait();
    }
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("logs")).unwrap();
        fs::write(folder.path().join("yakei.toml"), CONFIG).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/athena_stub.py");
        let mut stub = Command::new(tools())
            .arg(script)
            .arg(folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the stub starts");
        let mut port = String::new();
        BufReader::new(stub.stdout.take().unwrap()).read_line(&mut port).unwrap();
        Self { port: port.trim().parse().unwrap(), stub, folder }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file of the bucket, as CloudTrail writes them.
    fn log(&self, key: &str, records: &[Value]) {
        self.file(key, &json!({ "Records": records }).to_string());
    }

    fn file(&self, key: &str, text: &str) {
        let path = self.at("logs").join("trail-bucket").join(key);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut file = GzEncoder::new(fs::File::create(path).unwrap(), Compression::fast());
        file.write_all(text.as_bytes()).unwrap();
        file.finish().unwrap();
    }

    fn behave(&self, how: &Value) {
        fs::write(self.at("behave.json"), how.to_string()).unwrap();
    }

    fn run(&self, settings: &[(&str, &str)]) -> Output {
        let venv = Command::new("sh").arg(root().join("tests/local-aws/venv.sh")).status().unwrap();
        assert!(venv.success(), "no .venv");
        let endpoint = format!("http://127.0.0.1:{}", self.port);
        let mut command = Command::new(root().join(".venv/bin/python"));
        command.arg(root().join("infra/athena.py")).arg(env!("CARGO_BIN_EXE_backtest")).env_clear();
        command.env("PATH", std::env::var("PATH").unwrap()).env("PYTHONDONTWRITEBYTECODE", "1");
        command.env("AWS_ENDPOINT_URL", endpoint).env("AWS_REGION", "eu-west-1").env("AWS_DEFAULT_REGION", "eu-west-1");
        command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test").env("HOME", self.folder.path());
        command.env("ATHENA", "watch").env("CONFIG", self.at("yakei.toml")).env("OUT", self.at("out"));
        command.env("FROM", "2026-10-01").env("TO", "2026-10-31");
        command.envs(settings.iter().copied()).stdin(Stdio::null()).output().unwrap()
    }

    /// The calls of one operation.
    fn asked(&self, operation: &str) -> Vec<Value> {
        let text = fs::read_to_string(self.at("asked.jsonl")).unwrap_or_default();
        let calls = text.lines().map(|line| serde_json::from_str::<[Value; 2]>(line).unwrap());
        calls.filter(|call| call[0] == operation).map(|[_, asked]| asked).collect()
    }

    fn tables_left(&self) -> String {
        fs::read_to_string(self.at("tables")).unwrap_or_default()
    }

    fn report(&self, out: &str) -> Value {
        serde_json::from_slice(&fs::read(self.at(out).join("report.json")).unwrap()).unwrap()
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn event(id: usize, time: &str, name: &str, user: &str, from: &str, region: &str) -> Value {
    json!({"eventID": format!("id-{id}"), "eventTime": time, "eventSource": "iam.amazonaws.com", "eventName": name,
        "awsRegion": region, "sourceIPAddress": from, "recipientAccountId": "111111111111", "userAgent": format!("agent {id}"),
        "userIdentity": {"type": "IAMUser", "userName": user, "accountId": "111111111111"},
        "requestParameters": {"userName": "it's \"x\"\n", "n": id}, "responseElements": null, "eventVersion": "1.08"})
}

fn sign_in(id: usize, time: &str, user: &str, verdict: &str) -> Value {
    let mut record = event(id, time, "ConsoleLogin", user, "198.51.100.7", "us-east-1");
    record["eventSource"] = json!("signin.amazonaws.com");
    record["responseElements"] = json!({"ConsoleLogin": verdict});
    record["additionalEventData"] = json!({"MFAUsed": "No"});
    if verdict == "Failure" {
        record["errorMessage"] = json!("Failed authentication");
    }
    record
}

/// Sign-ins and changes of several people over a month, with a file that is there twice and quiet records between them.
fn a_month(world: &World, below: &str) {
    let mut id = 0;
    for day in 1..=31 {
        for (account, region) in [("111111111111", "us-east-1"), ("222222222222", "eu-west-1")] {
            let mut records = Vec::new();
            for hour in [2, 10, 23] {
                for minute in 0..(day % 4) {
                    id += 1;
                    let time = format!("2026-10-{day:02}T{hour:02}:{minute:02}:{:02}Z", id % 60);
                    let user = ["alice", "bob", "ci"][id % 3];
                    records.push(match id % 5 {
                        0 => event(id, &time, "CreatePolicy", user, "203.0.113.9", region),
                        1 => sign_in(id, &time, user, "Success"),
                        2 => sign_in(id, &time, user, "Failure"),
                        3 => {
                            let mut denied = event(id, &time, "GetObject", user, "2001:db8::1", region);
                            denied["errorCode"] = json!("AccessDenied");
                            denied
                        }
                        _ => event(id, &time, "DescribeInstances", user, "203.0.113.9", region),
                    });
                }
            }
            let key = format!(
                "{below}{account}/CloudTrail/{region}/2026/10/{day:02}/{account}_CloudTrail_{region}_{day}.json.gz"
            );
            world.log(&key, &records);
            if day == 7 {
                world.log(&key.replace(".json.gz", "_again.json.gz"), &records);
            }
        }
    }
}

/// The report of the same files, by the program that reads files.
fn by_files(world: &World) -> Value {
    let logs = world.at("logs");
    let done = Command::new(env!("CARGO_BIN_EXE_backtest"))
        .arg(&logs)
        .arg("--config")
        .arg(world.at("yakei.toml"))
        .arg("--out")
        .arg(world.at("by-files"))
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", said(&done));
    world.report("by-files")
}

#[test]
fn the_report_by_athena_says_of_the_controls_what_the_report_by_files_says() {
    for (below, logs) in [
        ("some/prefix/AWSLogs/", None), // what the trail says
        ("AWSLogs/o-a1b2c3d4e5/", Some("s3://trail-bucket")),
    ] {
        let world = World::new();
        a_month(&world, below);
        let logs: Vec<(&str, &str)> = logs.into_iter().map(|logs| ("LOGS", logs)).collect();
        let done = world.run(&[&[("CONFIRM", "watch")], logs.as_slice()].concat());
        assert!(done.status.success(), "{}", said(&done));
        let (athena, files) = (world.report("out"), by_files(&world));
        assert_eq!(athena["source"], "athena");
        assert_eq!(athena["skipped"], json!([]));
        let events: u64 = athena["controls"].as_array().unwrap().iter().map(|it| it["events"].as_u64().unwrap()).sum();
        let alarms: u64 = athena["controls"].as_array().unwrap().iter().map(|it| it["alarms"].as_u64().unwrap()).sum();
        assert!(events > 100 && alarms > 20, "{events} events, {alarms} alarms");
        for (ours, theirs) in athena["controls"].as_array().unwrap().iter().zip(files["controls"].as_array().unwrap()) {
            assert_eq!(ours, theirs);
        }
        for same in ["from", "to", "config", "timezone", "schema"] {
            assert_eq!(athena[same], files[same], "{same}");
        }
        assert!(world.at("out/report.html").exists(), "the same page");
        assert_eq!(world.tables_left(), "", "the table is dropped");
        let told = said(&done);
        assert!(told.contains("2 accounts, 2 Regions, 2026-10-01 to 2026-10-31"), "{told}");
        assert!(told.contains("64 files") && told.contains("USD") && told.contains("5.00 a TB"), "{told}");
        assert!(told.contains("what Athena keeps"), "{told}");
    }
}

#[test]
fn what_athena_could_not_read_or_tell_is_said_in_the_report() {
    let world = World::new();
    let below = "some/prefix/AWSLogs/111111111111/CloudTrail/us-east-1/2026/10/05/";
    let mut scored = sign_in(1, "2026-10-05T02:00:00Z", "alice", "Success");
    scored["additionalEventData"]["score"] = json!(1.5);
    world.log(&format!("{below}good.json.gz"), &[scored]);
    world.file(&format!("{below}cut.json.gz"), "{\"Records\":[{\"eventName\":\"ConsoleLogin\"},{\"eventNa");
    let own = "
[[controls.own]]
key = \"Score\"
pattern = '{ $.additionalEventData.score = \"1.5\" }'
notice = \"A score\"
";
    fs::write(world.at("yakei.toml"), format!("{CONFIG}{own}")).unwrap();
    let done = world.run(&[("CONFIRM", "watch")]);
    assert!(done.status.success(), "{}", said(&done));
    let report = world.report("out");
    let skipped = report["skipped"].as_array().unwrap();
    let files: Vec<&str> = skipped.iter().map(|it| it["file"].as_str().unwrap()).collect();
    let cut = format!("s3://trail-bucket/{below}cut.json.gz");
    assert_eq!(files, ["control Score", cut.as_str()]);
    assert!(skipped[0]["why"].as_str().unwrap().starts_with("1 event(s) are left open"), "{skipped:?}");
    let of = |key: &str| {
        report["controls"].as_array().unwrap().iter().find(|it| it["key"] == key).unwrap()["events"].clone()
    };
    assert_eq!((of("Score"), of("ConsoleLogin")), (json!(0), json!(1)));
}

#[test]
fn rows_of_other_patterns_make_no_report() {
    let world = World::new();
    a_month(&world, "some/prefix/AWSLogs/");
    assert!(world.run(&[("CONFIRM", "watch")]).status.success());
    let rows = world.at("out/athena-rows.jsonl");
    let report = |rows: &Path| {
        Command::new(env!("CARGO_BIN_EXE_backtest"))
            .args([Path::new("athena-report"), rows, Path::new("--config"), &world.at("yakei.toml")])
            .args([Path::new("--out"), &world.at("again")])
            .output()
            .unwrap()
    };
    assert!(report(&rows).status.success());
    assert_eq!(world.report("again"), world.report("out"));
    let text = fs::read_to_string(&rows).unwrap();
    for (damaged, why) in [
        (text.replacen("ConsoleLogin", "ConsoleLogout", 1), "ask again"),
        (
            text.clone() + "{\"told\":\"hello\",\"events\":1,\"records\":1,\"first\":null,\"last\":null}\n",
            "was not asked",
        ),
        (text.clone() + "{\"told\":", "is none"),
        (String::new(), "is none"),
    ] {
        fs::write(world.at("damaged"), damaged).unwrap();
        let done = report(&world.at("damaged"));
        assert!(!done.status.success() && said(&done).contains(why), "{why}: {}", said(&done));
    }
}

#[test]
fn nothing_is_asked_before_somebody_says_yes() {
    let world = World::new();
    a_month(&world, "some/prefix/AWSLogs/");
    for settings in [&[][..], &[("CONFIRM", "another")]] {
        let done = world.run(settings);
        assert!(!done.status.success());
        let told = said(&done);
        assert!(told.contains("Athena will scan 64 files"), "{told}");
        assert!(told.contains("CONFIRM=watch"), "{told}");
        assert!(world.asked("StartQueryExecution").is_empty());
    }
}

#[test]
fn sql_only_prints_the_statements() {
    let world = World::new();
    a_month(&world, "some/prefix/AWSLogs/");
    // with everything said, no call at all
    let all =
        [("SQL", "1"), ("LOGS", "s3://b/AWSLogs/"), ("ACCOUNTS", "111111111111"), ("REGIONS", "us-east-1,eu-west-1")];
    let printed = world.run(&all);
    assert!(printed.status.success(), "{}", said(&printed));
    assert!(!world.at("asked.jsonl").exists());
    let sql = String::from_utf8(printed.stdout).unwrap();
    for part in [
        "CREATE EXTERNAL TABLE",
        "'s3://b/AWSLogs/${account}/CloudTrail/${region}/${day}/'",
        "\nWITH\nlines AS",
        "DROP TABLE",
    ] {
        assert!(sql.contains(part), "{part} is not in {sql}");
    }
    // else only looks
    let printed = world.run(&[("SQL", "1")]);
    assert!(printed.status.success(), "{}", said(&printed));
    assert!(String::from_utf8(printed.stdout).unwrap().contains("'111111111111,222222222222'"));
    assert!(world.asked("StartQueryExecution").is_empty());
}

#[test]
fn a_query_that_fails_or_never_ends_is_said_and_leaves_no_table() {
    let world = World::new();
    a_month(&world, "some/prefix/AWSLogs/");
    world.behave(&json!({"fail": "Query exhausted resources at this scale factor"}));
    let done = world.run(&[("CONFIRM", "watch")]);
    assert!(!done.status.success());
    assert!(said(&done).contains("failed: Query exhausted resources"), "{}", said(&done));
    assert_eq!(world.tables_left(), "");
    world.behave(&json!({"hang": true}));
    let done = world.run(&[("CONFIRM", "watch"), ("TIMEOUT", "1.5")]);
    assert!(!done.status.success());
    assert!(said(&done).contains("stopped: it was running after 1.5 s"), "{}", said(&done));
    assert_eq!(world.asked("StopQueryExecution").len(), 1);
    assert_eq!(world.tables_left(), "");
    assert!(!world.at("out/report.json").exists());
}

#[test]
fn a_workgroup_that_cannot_take_the_query_is_told_why() {
    let world = World::new();
    a_month(&world, "some/prefix/AWSLogs/");
    for (group, why) in [
        (json!({"State": "DISABLED"}), "is disabled"),
        (
            json!({"Configuration": {"EngineVersion": {"EffectiveEngineVersion": "Athena engine version 2"}}}),
            "needs Athena engine version 3",
        ),
        (json!({"Configuration": {"ResultConfiguration": {}}}), "give OUTPUT_LOCATION=s3://"),
        (json!({"Configuration": {"BytesScannedCutoffPerQuery": 1000}}), "stops queries at"),
    ] {
        world.behave(&json!({ "group": group }));
        let done = world.run(&[("CONFIRM", "watch")]);
        assert!(!done.status.success() && said(&done).contains(why), "{why}: {}", said(&done));
        assert!(world.asked("StartQueryExecution").is_empty());
    }
}

#[test]
fn a_pattern_that_sql_cannot_say_is_refused_by_name_before_anything_is_asked() {
    let world = World::new();
    a_month(&world, "some/prefix/AWSLogs/");
    let own = "
[[controls.own]]
key = \"Words\"
title = \"Words\"
pattern = \"ERROR -Exiting\"
notice = \"Words\"
next = \"Read\"
";
    fs::write(world.at("yakei.toml"), format!("{CONFIG}{own}")).unwrap();
    let done = world.run(&[("CONFIRM", "watch")]);
    assert!(!done.status.success());
    let told = said(&done);
    assert!(told.contains("control Words: a text pattern") && told.contains("cannot be said in SQL"), "{told}");
    assert!(world.asked("StartQueryExecution").is_empty());
}
