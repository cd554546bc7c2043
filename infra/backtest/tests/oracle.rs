//! The report's numbers against a second hand's: a Python script that reads the patterns anew and looks at every minute,
//! on months made by chance (`some_month.py` says of what, `oracle.py` how).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[allow(dead_code, reason = "shared with the tests of verdicts")]
mod both_ways;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use both_ways::tools;
use serde_json::{Value, json};

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

/// What the oracle says of a report.
fn asked(folder: &Path, report: &Path) -> Output {
    let mut oracle = Command::new(tools());
    oracle.arg(script("oracle.py")).args([folder.join("logs"), folder.join("coming.toml"), report.to_owned()]);
    oracle.arg(folder.join("today.toml")).arg("--names").output().unwrap()
}

#[test]
fn every_number_of_a_report_is_the_one_that_a_second_hand_finds() {
    for number in 0..8 {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let made = Command::new(tools()).arg(script("some_month.py")).arg(folder).arg(number.to_string()).status();
        assert!(made.unwrap().success());
        let done = Command::new(env!("CARGO_BIN_EXE_backtest"))
            .arg(folder.join("logs"))
            .args([
                Path::new("--config"),
                &folder.join("coming.toml"),
                Path::new("--today"),
                &folder.join("today.toml"),
            ])
            .args([Path::new("--out"), folder])
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let said = asked(folder, &folder.join("report.json"));
        let text = String::from_utf8_lossy(&said.stdout).into_owned();
        println!("{number}: {text}");
        assert!(said.status.success(), "{number}: {text}{}", String::from_utf8_lossy(&said.stderr));
        let report: Value = serde_json::from_slice(&fs::read(folder.join("report.json")).unwrap()).unwrap();
        schema::BACKTEST.check(&report).unwrap();
        assert_eq!(
            (&report["insight_files"], &report["digest_files"], &report["skipped"]),
            (&json!(1), &json!(1), &json!([]))
        );

        if number > 0 {
            continue;
        }
        // The guard itself: one more of anything is seen.
        let login = report["controls"].as_array().unwrap().iter().position(|it| it["key"] == "ConsoleLogin").unwrap();
        for member in [
            "records",
            "alarms",
            "muted",
            "kept_back",
            "halving_threshold",
            "by_hour/3/4",
            "weeks/1/alarms",
            "who/0/count",
        ] {
            let pointer =
                if member == "records" { "/records".to_owned() } else { format!("/controls/{login}/{member}") };
            let mut wrong = report.clone();
            let value = wrong.pointer_mut(&pointer).unwrap();
            *value = json!(value.as_u64().unwrap_or_default() + 1);
            fs::write(folder.join("wrong.json"), wrong.to_string()).unwrap();
            let said = asked(folder, &folder.join("wrong.json"));
            let text = String::from_utf8_lossy(&said.stdout).into_owned();
            assert!(!said.status.success() && text.contains(": 1 differences"), "{member}: {text}");
        }
    }
}
