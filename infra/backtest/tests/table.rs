//! The table over a trail's bucket: that its projection names the folders that CloudTrail writes to and no others, and (with
//! `make engines`) that Hive itself takes the statement and reads each file of them as the one line that it is.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[allow(dead_code, reason = "shared with the tests of verdicts")]
mod both_ways;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use backtest::sql::{Layout, Table};
use both_ways::root;
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::civil::{Date, date};

/// The folders of a projected table with their account, Region and day, read from the statement as AWS describes
/// ("Partition projection with Amazon Athena"): each value of each enum, each day of the range in its format.
fn projected(create: &str) -> BTreeMap<String, [String; 3]> {
    let property = |name: &str| {
        let from = format!("'{name}' = '");
        let at = create.find(&from).unwrap_or_else(|| panic!("{name} is not in {create}")) + from.len();
        create[at..].split('\'').next().unwrap().to_owned()
    };
    let said = [
        ("projection.enabled", "true"),
        ("projection.account.type", "enum"),
        ("projection.region.type", "enum"),
        ("projection.day.type", "date"),
        ("projection.day.format", "yyyy/MM/dd"),
        ("projection.day.interval", "1"),
        ("projection.day.interval.unit", "DAYS"),
    ];
    for (name, value) in said {
        assert_eq!(property(name), value, "{name}");
    }
    let range = property("projection.day.range");
    let day = |text: &str| Date::strptime("%Y/%m/%d", text).unwrap();
    let (first, last) = range.split_once(',').unwrap();
    let days = day(first).series(jiff::ToSpan::day(1)).take_while(|it| *it <= day(last));
    let days: Vec<String> = days.map(|it| it.strftime("%Y/%m/%d").to_string()).collect();
    let (accounts, regions) = (property("projection.account.values"), property("projection.region.values"));
    let template = property("storage.location.template");
    let mut folders = BTreeMap::new();
    for account in accounts.split(',') {
        for region in regions.split(',') {
            for day in &days {
                let folder = template.replace("${account}", account).replace("${region}", region);
                let folder = folder.replace("${day}", day);
                assert!(!folder.contains('$'), "{folder}");
                folders.insert(folder, [account.to_owned(), region.to_owned(), day.clone()]);
            }
        }
    }
    folders
}

fn table(location: &str, from: Date, to: Date) -> Table {
    let layout = Layout {
        location: location.to_owned(),
        accounts: ["111111111111", "222222222222"].map(str::to_owned).to_vec(),
        regions: ["us-east-1", "us-gov-west-1", "ap-southeast-5"].map(str::to_owned).to_vec(),
    };
    Table::new("default", "yakei_backtest_0a1b2c3d", layout, from, to).unwrap()
}

/// A key as AWS describes it ("CloudTrail log file name format", "Organization trail log file example").
fn key(below: &str, account: &str, kind: &str, region: &str, day: Date) -> String {
    let (folder, stamp) = (day.strftime("%Y/%m/%d"), day.strftime("%Y%m%d"));
    format!(
        "{below}{account}/{kind}/{region}/{folder}/{account}_{kind}_{region}_{stamp}T2355Z_Mo8s4m0aB3cD5eF7.json.gz"
    )
}

#[test]
fn the_table_reads_the_folders_that_a_trail_writes_to_and_no_others() {
    // a year's end, a leap day, and the days on which clocks change: days are UTC's, whatever the business hours' zone
    let spans = [
        (date(2026, 12, 30), date(2027, 1, 2)),
        (date(2028, 2, 28), date(2028, 3, 1)),
        (date(2026, 10, 24), date(2026, 10, 26)),
        (date(2026, 3, 29), date(2026, 3, 29)),
    ];
    for below in ["AWSLogs/", "some/pre.fix-1/AWSLogs/", "AWSLogs/o-a1b2c3d4e5/", "p/AWSLogs/o-a1b2c3d4e5/"] {
        for (from, to) in spans {
            let folders = projected(&table(&format!("s3://trail-bucket/{below}"), from, to).create());
            let held =
                |key: &str| folders.keys().filter(|it| format!("s3://trail-bucket/{key}").starts_with(*it)).count();
            let mut wanted = 0;
            for account in ["111111111111", "222222222222"] {
                for region in ["us-east-1", "us-gov-west-1", "ap-southeast-5"] {
                    // what happens before midnight is delivered after it
                    let mut day = from;
                    while day <= to.tomorrow().unwrap() {
                        assert_eq!(held(&key(below, account, "CloudTrail", region, day)), 1, "{below} {account} {day}");
                        wanted += 1;
                        for other in ["CloudTrail-Digest", "CloudTrail-Insight", "CloudTrail-Aggregated", "Config"] {
                            assert_eq!(held(&key(below, account, other, region, day)), 0, "{other}");
                        }
                        day = day.tomorrow().unwrap();
                    }
                    for day in [from.yesterday().unwrap(), day] {
                        assert_eq!(held(&key(below, account, "CloudTrail", region, day)), 0, "{day}");
                    }
                }
                assert_eq!(
                    held(&key(below, account, "CloudTrail", "us-east-2", from)),
                    0,
                    "a Region that is not asked"
                );
            }
            assert_eq!(held(&key(below, "333333333333", "CloudTrail", "us-east-1", from)), 0, "an account likewise");
            assert_eq!(held(&key("AWSLogs/o-other/", "111111111111", "CloudTrail", "us-east-1", from)), 0);
            assert_eq!(folders.len(), wanted, "as many as the cost counts");
        }
    }
}

/// Hive 2.3 from pyspark's archive: its parser, its metastore, its reader of text and its `SerDe`. It knows no projection: each
/// projected folder becomes a partition here, and `s3://` is a folder (`hive/HiveOnFolder.java`).
#[test]
#[ignore = "needs Hive and Java: make engines"]
fn hive_takes_the_statements_and_reads_each_file_as_one_line() {
    for below in ["some/prefix/AWSLogs/", "AWSLogs/o-a1b2c3d4e5/"] {
        let folder = tempfile::tempdir().unwrap();
        let table = table(&format!("s3://trail-bucket/{below}"), date(2026, 12, 31), date(2027, 1, 1));
        let real = include_str!("../../../functions/shared/core/tests/fixtures/cloudtrail-real.jsonl");
        let real: Vec<&str> = real.lines().filter(|line| line.starts_with('{')).collect();
        let odd = r#"{"a":"tab\tcr\r nul\u0000 one\u0001 \\N \\001 \"quoted\" 夜警 🌙 it's","b":null}"#;
        let mut files = BTreeMap::new();
        let mut write = |key: String, text: String, gzip: bool| {
            let path = folder.path().join("logs/trail-bucket").join(&key);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let bytes = if gzip { gz(text.as_bytes()) } else { text.clone().into_bytes() };
            fs::write(path, bytes).unwrap();
            files.insert(format!("s3://trail-bucket/{key}"), text);
        };
        for (at, day) in [date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 2)].into_iter().enumerate() {
            let some: Vec<&str> = real.iter().copied().skip(at * 4).take(4).chain([odd]).collect();
            let text = format!("{{\"Records\":[{}]}}", some.join(","));
            write(key(below, "111111111111", "CloudTrail", "us-east-1", day), text.clone(), true);
            write(key(below, "222222222222", "CloudTrail", "us-gov-west-1", day).replace(".gz", ""), text, false);
        }
        let expected = files.clone();
        // not read: a day before, and what is no log of calls
        let write = |key: String| {
            let path = folder.path().join("logs/trail-bucket").join(key);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, gz(b"{\"Records\":[]}")).unwrap();
        };
        write(key(below, "111111111111", "CloudTrail", "us-east-1", date(2026, 12, 30)));
        write(key(below, "111111111111", "CloudTrail-Digest", "us-east-1", date(2027, 1, 1)));
        let name = "`default`.`yakei_backtest_0a1b2c3d`";
        let mut sql = vec![table.create()];
        for (place, [account, region, day]) in projected(&table.create()) {
            let partition = format!("account='{account}', region='{region}', day='{day}'");
            sql.push(format!("ALTER TABLE {name} ADD PARTITION ({partition}) LOCATION '{place}'"));
        }
        sql.push(format!("SELECT INPUT__FILE__NAME, hex(line) FROM {name}"));
        sql.push(table.drop());
        sql.push("SHOW TABLES".to_owned());
        fs::write(folder.path().join("statements.sql"), sql.join("\n;\n")).unwrap();
        let done = Command::new("sh")
            .arg(root().join("infra/backtest/tests/hive/run.sh"))
            .args([folder.path().join("logs"), folder.path().join("statements.sql")])
            .output()
            .unwrap();
        let said = String::from_utf8(done.stdout).unwrap();
        assert!(done.status.success(), "{said}\n{}", String::from_utf8_lossy(&done.stderr));
        let row = |line: &str| {
            let (path, hex) = line.split_once('\t').unwrap_or_else(|| panic!("no table is left: {line}"));
            let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
            let bytes: Vec<u8> = (0..hex.len()).step_by(2).map(byte).collect();
            (path.to_owned(), String::from_utf8(bytes).unwrap())
        };
        let rows: Vec<(String, String)> = said.lines().map(row).collect();
        assert_eq!(rows.len(), expected.len(), "one row a file");
        assert_eq!(rows.into_iter().collect::<BTreeMap<_, _>>(), expected);
    }
    // and it refuses what is no statement, so it has read ours
    let folder = tempfile::tempdir().unwrap();
    let wrong = table("s3://b/AWSLogs/", date(2027, 1, 1), date(2027, 1, 1)).create().replace("STORED AS", "STORED IN");
    fs::write(folder.path().join("statements.sql"), wrong).unwrap();
    let hive = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hive/run.sh");
    let files = [folder.path().to_owned(), folder.path().join("statements.sql")];
    let done = Command::new("sh").arg(hive).args(files).output().unwrap();
    assert_eq!(done.status.code(), Some(1), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(String::from_utf8_lossy(&done.stdout).contains("ParseException"));
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    gz.write_all(bytes).and_then(|()| gz.finish()).unwrap()
}
