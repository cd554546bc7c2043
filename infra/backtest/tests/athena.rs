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
        self.command(settings).output().unwrap()
    }

    fn command(&self, settings: &[(&str, &str)]) -> Command {
        let venv = Command::new("sh").arg(root().join("tests/local-aws/venv.sh")).status().unwrap();
        assert!(venv.success(), "no .venv");
        let endpoint = format!("http://127.0.0.1:{}", self.port);
        let mut command = Command::new(root().join(".venv/bin/python"));
        command.arg(root().join("infra/athena.py")).arg(env!("CARGO_BIN_EXE_backtest")).env_clear();
        command.env("PATH", std::env::var("PATH").unwrap()).env("PYTHONDONTWRITEBYTECODE", "1");
        command.env("AWS_ENDPOINT_URL", endpoint).env("AWS_REGION", "eu-west-1");
        command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test").env("HOME", self.folder.path());
        command.env("ATHENA", "watch").env("CONFIG", self.at("yakei.toml")).env("OUT", self.at("out"));
        command.env("FROM", "2026-10-01").env("TO", "2026-10-31");
        command.envs(settings.iter().copied()).stdin(Stdio::null());
        command
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
        // each folder that the table projects is listed, empty or not: 2 accounts, 2 Regions, 31 days and the one after
        assert!(told.contains("128 folders") && told.contains("0.005 a thousand folders listed"), "{told}");
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
    assert_eq!(files, [cut.as_str()]);
    let of = |key: &str, member: &str| {
        report["controls"].as_array().unwrap().iter().find(|it| it["key"] == key).unwrap()[member].clone()
    };
    assert_eq!((of("Score", "events"), of("ConsoleLogin", "events")), (json!(0), json!(1)));
    assert_eq!((of("Score", "left_open"), of("ConsoleLogin", "left_open")), (json!(1), json!(0)));
    let table = String::from_utf8(done.stdout).unwrap();
    assert!(table.contains("Score: 1 event(s) are left open"), "{table}");
    schema::BACKTEST.check(&report).unwrap();
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
            text.clone() + "{\"told\":\"hello\",\"events\":1,\"records\":1,\"first\":null,\"last\":null,\"rows\":1}\n",
            "was not asked",
        ),
        (text.replacen("0000", "-000", 1), "was not asked"),
        (text.lines().take(text.lines().count() - 1).fold(String::new(), |all, line| all + line + "\n"), "is cut off"),
        (text.clone() + "{\"told\":", "is none"),
        (String::new(), "is none"),
    ] {
        fs::write(world.at("damaged"), damaged).unwrap();
        let done = report(&world.at("damaged"));
        assert!(!done.status.success() && said(&done).contains(why), "{why}: {}", said(&done));
    }
}

#[test]
fn a_setting_that_is_no_number_or_day_is_said_before_any_call() {
    let world = World::new();
    a_month(&world, "some/prefix/AWSLogs/");
    for (name, value) in [
        ("PRICE", "five"),
        ("PRICE", "nan"),
        ("PRICE", "-1"),
        ("TIMEOUT", "1h"),
        ("TIMEOUT", "inf"),
        ("FROM", "2026-02-30"),
    ] {
        let done = world.run(&[("CONFIRM", "watch"), (name, value)]);
        let told = said(&done);
        assert_eq!(done.status.code(), Some(1), "{told}");
        assert!(told.starts_with("error: ") && told.contains(name) && !told.contains("Traceback"), "{told}");
        assert!(!world.at("asked.jsonl").exists(), "{name}={value}");
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
    // a place further down says it too; a name beside it wins
    for (logs, regions, values) in [
        ("s3://b/p/AWSLogs/o-a1/111111111111/CloudTrail/eu-west-1", "", ("111111111111", "eu-west-1")),
        ("s3://b/p/AWSLogs/o-a1/111111111111/", "us-east-1,us-east-2", ("111111111111", "us-east-1,us-east-2")),
    ] {
        let printed = world.run(&[("SQL", "1"), ("LOGS", logs), ("REGIONS", regions)]);
        let sql = String::from_utf8(printed.stdout.clone()).unwrap();
        assert!(sql.contains("'s3://b/p/AWSLogs/o-a1/${account}/CloudTrail/${region}/${day}/'"), "{}", said(&printed));
        assert!(sql.contains(&format!("'projection.account.values' = '{}'", values.0)), "{sql}");
        assert!(sql.contains(&format!("'projection.region.values' = '{}'", values.1)), "{sql}");
    }
    assert!(!world.at("asked.jsonl").exists());
    // what would end a literal, or a name, is refused
    for (name, value) in
        [("LOGS", "s3://b/it's/AWSLogs/"), ("ACCOUNTS", "1' OR '1"), ("REGIONS", "x';--"), ("DATABASE", "a`b")]
    {
        let printed = world.run(&[all.as_slice(), &[(name, value)]].concat());
        assert!(!printed.status.success() && printed.stdout.is_empty(), "{name}: {}", said(&printed));
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
    assert!(said(&done).contains("has failed: Query exhausted resources"), "{}", said(&done));
    assert_eq!(world.tables_left(), "");
    world.behave(&json!({"hang": true}));
    let done = world.run(&[("CONFIRM", "watch"), ("TIMEOUT", "1.5")]);
    assert!(!done.status.success());
    // by then, on a slow machine, it may not even have begun
    assert!(said(&done).contains("is stopped: it was ") && said(&done).contains(" after 1.5 s"), "{}", said(&done));
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

/// Each call of the run, refused: it ends with the operation's name and AWS's words, and with no report.
#[test]
fn whatever_is_denied_is_said_and_gives_no_report() {
    let world = World::new();
    a_month(&world, "some/prefix/AWSLogs/");
    for call in
        ["GetTrail", "ListObjectsV2", "GetWorkGroup", "StartQueryExecution", "GetQueryExecution", "GetQueryResults"]
    {
        let code = if call == "ListObjectsV2" { "AccessDenied" } else { "AccessDeniedException" };
        world.behave(&json!({"refuse": {call: [code, "User: reviewer is not authorized"]}}));
        let done = world.run(&[("CONFIRM", "watch")]);
        let told = said(&done);
        assert_eq!(done.status.code(), Some(1), "{call}: {told}");
        assert!(told.contains("is not authorized") && told.contains(call), "{call}: {told}");
        assert!(!world.at("out/report.json").exists(), "{call}");
        let left = world.tables_left();
        assert!(left.is_empty() || told.contains("drop it with: DROP TABLE"), "{call}: {left} stays, and {told}");
    }
}

#[test]
fn what_is_denied_once_the_query_runs_stops_it_and_a_table_that_stays_is_said() {
    let denied = json!(["AccessDeniedException", "User: reviewer is not authorized"]);
    let run = |behave: &Value, settings: &[(&str, &str)]| {
        let world = World::new();
        a_month(&world, "some/prefix/AWSLogs/");
        world.behave(behave);
        let done = world.run(&[&[("CONFIRM", "watch")], settings].concat());
        let told = said(&done);
        (world, done.status.code(), told)
    };
    // how it goes is not known any more, and it costs: it is stopped
    let (world, status, told) =
        run(&json!({"refuse": {"GetQueryExecution": denied}, "later": ["GetQueryExecution"]}), &[]);
    assert_eq!((status, world.asked("StopQueryExecution").is_empty()), (Some(1), false), "{told}");
    assert!(told.contains("not authorized") && !world.at("out/report.json").exists(), "{told}");
    // nor may it be stopped
    let (_, status, told) =
        run(&json!({"hang": true, "refuse": {"StopQueryExecution": denied}}), &[("TIMEOUT", "1.5")]);
    assert_eq!(status, Some(1), "{told}");
    assert!(told.contains("Athena may still be running the query") && told.contains("after 1.5 s"), "{told}");
    // the report is there, and so is the table
    let (world, status, told) =
        run(&json!({"refuse": {"StartQueryExecution": denied}, "later": ["StartQueryExecution"]}), &[]);
    assert_eq!((status, world.tables_left().is_empty()), (Some(0), false), "{told}");
    assert!(told.contains("drop it with: DROP TABLE IF EXISTS `default`.`yakei_backtest_"), "{told}");
}

/// A database that is not there, and what Lake Formation refuses: nothing was made, so nothing is dropped.
#[test]
fn a_table_that_could_not_be_made_or_belongs_to_another_is_not_dropped() {
    let world = World::new();
    a_month(&world, "some/prefix/AWSLogs/");
    world.behave(&json!({"taken": true}));
    let done = world.run(&[("CONFIRM", "watch")]);
    let told = said(&done);
    assert_eq!(done.status.code(), Some(1), "{told}");
    assert!(told.contains("AlreadyExistsException") && !told.contains("drop it with"), "{told}");
    assert!(world.tables_left().contains("default.yakei_backtest_"), "another's table is gone");
    let statements: Vec<Value> = world.asked("StartQueryExecution");
    assert_eq!(statements.len(), 1, "{statements:?}");
    assert!(!world.at("out/report.json").exists());
}

#[test]
fn calls_that_are_throttled_are_made_again_and_a_statement_is_never_started_twice() {
    let world = World::new();
    a_month(&world, "some/prefix/AWSLogs/");
    let calls = ["GetTrail", "GetWorkGroup", "StartQueryExecution", "GetQueryExecution", "GetQueryResults"];
    world.behave(
        &json!({"throttle": calls.map(|it| (it, 2)).into_iter().collect::<std::collections::BTreeMap<_, _>>()}),
    );
    let done = world.run(&[("CONFIRM", "watch")]);
    assert!(done.status.success(), "{}", said(&done));
    let asked = world.asked("StartQueryExecution");
    let tokens: std::collections::BTreeSet<&str> =
        asked.iter().map(|it| it["ClientRequestToken"].as_str().unwrap()).collect();
    // CREATE, the query and DROP, the first of them three times with one token, by which Athena knows it again
    assert_eq!((asked.len(), tokens.len()), (5, 3), "{asked:?}");
    assert_eq!(world.report("out")["controls"], by_files(&world)["controls"]);
}

#[test]
fn a_bucket_in_another_region_is_said_before_anything_is_asked() {
    let world = World::new();
    a_month(&world, "some/prefix/AWSLogs/");
    world.behave(&json!({"home": "eu-central-1"}));
    let told = said(&world.run(&[]));
    assert!(told.contains("the bucket is in eu-central-1 and Athena is asked in eu-west-1"), "{told}");
    assert!(told.contains("AWS also charges what goes from Region to Region"), "{told}");
    world.behave(&json!({}));
    let told = said(&world.run(&[]));
    assert!(!told.contains("the bucket is in") && told.contains("Athena will scan"), "{told}");
}

/// Ctrl-C, and how a supervisor ends it.
#[test]
fn whoever_ends_it_leaves_no_query_and_no_table() {
    for signal in ["INT", "TERM"] {
        let world = World::new();
        a_month(&world, "some/prefix/AWSLogs/");
        world.behave(&json!({"hang": true}));
        let mut running = world.command(&[("CONFIRM", "watch")]).stderr(Stdio::piped()).spawn().unwrap();
        while !world.at("waiting").exists() {
            assert_eq!(running.try_wait().unwrap(), None, "it has ended by itself");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        let sent = Command::new("kill").args(["-s", signal, &running.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let done = running.wait_with_output().unwrap();
        assert_eq!(done.status.code(), Some(1), "{}", said(&done));
        assert!(said(&done).contains("stopped by hand"), "{}", said(&done));
        assert_eq!((world.asked("StopQueryExecution").len(), world.tables_left()), (1, String::new()), "{signal}");
        assert!(!world.at("out/report.json").exists());
    }
}

#[test]
fn a_query_that_is_cancelled_or_a_workgroup_that_is_not_there_is_said() {
    let world = World::new();
    a_month(&world, "some/prefix/AWSLogs/");
    for (behave, why) in [
        (json!({"cancel": "Query cancelled by user"}), "was cancelled: Query cancelled by user; there is no report"),
        (
            json!({"refuse": {"GetWorkGroup": ["InvalidRequestException", "WorkGroup watch is not found."]}}),
            "WorkGroup watch is not found",
        ),
    ] {
        world.behave(&behave);
        let done = world.run(&[("CONFIRM", "watch")]);
        assert_eq!(done.status.code(), Some(1));
        assert!(said(&done).contains(why), "{}", said(&done));
        assert_eq!((world.tables_left(), world.at("out/report.json").exists()), (String::new(), false));
    }
}

#[test]
fn an_answer_that_is_cut_off_gives_no_report() {
    let world = World::new();
    a_month(&world, "some/prefix/AWSLogs/");
    for cut in [1, 2, 7] {
        world.behave(&json!({ "cut": cut }));
        let done = world.run(&[("CONFIRM", "watch")]);
        assert_eq!(done.status.code(), Some(1));
        assert!(said(&done).contains("the answer is cut off"), "{}", said(&done));
        assert!(!world.at("out/report.json").exists());
    }
}

/// What is deeper in the bucket than accounts is told apart by the way to it.
#[test]
fn insights_and_digests_and_empty_days_are_no_calls() {
    let world = World::new();
    let account = "some/prefix/AWSLogs/o-a1b2c3d4e5/111111111111";
    world.log(
        &format!("{account}/CloudTrail/us-east-1/2026/10/05/a.json.gz"),
        &[sign_in(1, "2026-10-05T02:00:00Z", "alice", "Success")],
    );
    for besides in ["CloudTrail-Insight", "CloudTrail-Digest", "Config", "CloudTrail-Aggregated"] {
        world.log(
            &format!("{account}/{besides}/us-east-1/2026/10/05/a.json.gz"),
            &[sign_in(2, "2026-10-05T03:00:00Z", "bob", "Success")],
        );
    }
    // another account in another Region, on another day, and an hour in which nothing happened
    world.log(
        "some/prefix/AWSLogs/o-a1b2c3d4e5/222222222222/CloudTrail/eu-west-1/2026/10/31/a.json.gz",
        &[sign_in(3, "2026-10-31T23:59:00Z", "carol", "Success")],
    );
    world.log("some/prefix/AWSLogs/o-a1b2c3d4e5/222222222222/CloudTrail/eu-west-1/2026/10/30/a.json.gz", &[]);
    let done = world.run(&[("CONFIRM", "watch")]);
    assert!(done.status.success(), "{}", said(&done));
    let (report, files) = (world.report("out"), by_files(&world));
    let logins = report["controls"].as_array().unwrap().iter().find(|it| it["key"] == "ConsoleLogin").unwrap();
    assert_eq!((&report["records"], &logins["events"]), (&json!(2), &json!(2)));
    assert_eq!((&report["from"], &report["to"]), (&json!("2026-10-05T02:00:00Z"), &json!("2026-10-31T23:59:00Z")));
    assert_eq!(report["skipped"], json!([]));
    assert_eq!((&files["insight_files"], &files["digest_files"]), (&json!(1), &json!(1)));
    for day in ["2026-10-06", "2026-10-20"] {
        let done = world.run(&[("CONFIRM", "watch"), ("FROM", day), ("TO", day)]);
        assert!(!done.status.success() && said(&done).contains("there are no logs of 2026-10-"), "{}", said(&done));
    }
}

#[test]
fn a_pattern_that_sql_cannot_say_is_named_before_anything_is_asked_and_its_control_is_not_0_but_not_asked() {
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
    let done = world.run(&[]);
    let told = said(&done);
    assert!(
        told.contains("not asked: control Words: a text pattern") && told.contains("cannot be said in SQL"),
        "{told}"
    );
    assert!(!done.status.success() && world.asked("StartQueryExecution").is_empty());
    let done = world.run(&[("CONFIRM", "watch")]);
    assert!(done.status.success(), "{}", said(&done));
    let (report, files) = (world.report("out"), by_files(&world));
    schema::BACKTEST.check(&report).unwrap();
    let not_asked = report["not_asked"].as_array().unwrap();
    assert_eq!((not_asked.len(), &not_asked[0]["key"]), (1, &json!("Words")), "{not_asked:?}");
    let rest = |report: &Value| {
        let controls = report["controls"].as_array().unwrap().iter();
        controls.filter(|it| it["key"] != "Words").cloned().collect::<Vec<_>>()
    };
    assert_eq!(rest(&report), report["controls"].as_array().unwrap().clone(), "it has no number");
    assert_eq!(rest(&report), rest(&files), "and the others have theirs");
    let table = String::from_utf8(done.stdout).unwrap();
    assert!(table.contains("1 control(s) were not asked for, so nothing is known of them:\n  Words ("), "{table}");
    // today's config has another pattern of that name: what changes is not known either
    fs::write(world.at("today.toml"), format!("{CONFIG}{own}")).unwrap();
    let sayable = own.replace("\"ERROR -Exiting\"", "'{ $.eventName = \"ConsoleLogin\" }'");
    fs::write(world.at("yakei.toml"), format!("{CONFIG}{sayable}")).unwrap();
    let done = world.run(&[("CONFIRM", "watch"), ("TODAY", world.at("today.toml").to_str().unwrap())]);
    assert!(done.status.success(), "{}", said(&done));
    let report = world.report("out");
    let words = report["controls"].as_array().unwrap().iter().find(|it| it["key"] == "Words").unwrap();
    assert!(words["events"].as_u64() > Some(0) && words["change"].is_null(), "{words}");
    assert!(report["not_asked"][0]["config"].as_str().unwrap().ends_with("today.toml"), "{report}");
    // alone it leaves nothing to ask
    fs::write(world.at("yakei.toml"), format!("{CONFIG}[controls]\nonly = [\"Words\"]\n{own}")).unwrap();
    let before = world.asked("StartQueryExecution").len();
    let done = world.run(&[("CONFIRM", "watch")]);
    assert!(!done.status.success() && said(&done).contains("control Words: a text pattern"), "{}", said(&done));
    assert_eq!(world.asked("StartQueryExecution").len(), before);
}
