//! Which machine measured, and when: absolute times mean nothing without.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use jiff::Timestamp;

/// Date, processor, cores, memory, kernel, compiler, commit and load, as far as they are to be had.
pub(crate) fn describe() -> BTreeMap<&'static str, String> {
    let mut known = BTreeMap::from([("date", Timestamp::now().strftime("%Y-%m-%d %H:%M UTC").to_string())]);
    let line = |file: &str, key: &str| {
        let text = fs::read_to_string(file).ok()?;
        let line = text.lines().find(|line| line.starts_with(key))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    known.insert("cores", cores.to_string());
    let mut add = |key, value: Option<String>| drop(value.map(|value| known.insert(key, value)));
    add("processor", line("/proc/cpuinfo", "model name"));
    add("memory", line("/proc/meminfo", "MemTotal"));
    add("load", fs::read_to_string("/proc/loadavg").ok().map(|text| text.trim().to_owned()));
    add("kernel", said("uname", &["-sr"]));
    add("rustc", said("rustc", &["--version"]));
    add("commit", said("git", &["rev-parse", "--short", "HEAD"]));
    add("architecture", Some(std::env::consts::ARCH.to_owned()));
    known
}

fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
