//! How many CloudTrail records are read, grouped and rendered into a notice in one second of CPU, from a page of
//! 1 MB as `FilterLogEvents` gives it, beside `serde_json::Value` doing the same.
//!
//! `cargo run --release -p yakei-core --example bench [seconds]`

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::Value;
use yakei_core::activity::{Group, Groups, Handle, Identity, Place};
use yakei_core::alarm::{Message, Origin};
use yakei_core::notice::{Notice, Style};
use yakei_core::time::parse_aws;

const RECORDS: &str = include_str!("../tests/fixtures/cloudtrail-real.jsonl");
/// What one page of `FilterLogEvents` holds at most.
const PAGE_BYTES: usize = 1 << 20;
const ALARM: &str =
    r#"{"AlarmName":"yakei-ConsoleLogin","NewStateValue":"ALARM","OldStateValue":"OK","NewStateReason":"bench"}"#;

fn main() {
    let seconds = std::env::args().nth(1).and_then(|it| it.parse().ok()).unwrap_or(2);
    let page = page();
    println!("one page: {} records, {} bytes, real CloudTrail records repeated", page.len(), PAGE_BYTES);
    let groups = || {
        let mut groups = Groups::default();
        for line in &page {
            groups.add_line(line, Timestamp::UNIX_EPOCH);
        }
        groups.newest_first()
    };
    let typed = measure(seconds, || rendered(groups()));
    let reading = measure(seconds, || groups().len());
    let value = measure(seconds, || by_value(&page));
    for (what, (rounds, cpu)) in
        [("yakei-core, borrowed", typed), ("  without rendering", reading), ("serde_json::Value", value)]
    {
        println!(
            "{what:22} {:>10} records per CPU second   {} per page",
            per_second(page.len(), rounds, cpu),
            each(rounds, cpu)
        );
    }
}

/// Real records, over and over, to a page's size.
fn page() -> Vec<&'static str> {
    let records: Vec<_> = RECORDS.lines().filter(|line| line.starts_with('{')).collect();
    let (mut page, mut bytes) = (Vec::new(), 0);
    for record in records.iter().copied().cycle() {
        bytes += record.len();
        if bytes > PAGE_BYTES {
            break;
        }
        page.push(record);
    }
    page
}

/// What most functions do: the whole record into a tree, the members looked up by name.
fn by_value(page: &[&str]) -> usize {
    let mut groups: BTreeMap<[String; 5], Group> = BTreeMap::new();
    for line in page {
        let Ok(record) = serde_json::from_str::<Value>(line) else { continue };
        let text = |pointer: &str| record.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let who = ["/userIdentity/userName", "/userIdentity/arn", "/userIdentity/invokedBy"].map(text);
        let who = who.into_iter().find(|it| !it.is_empty()).unwrap_or_default();
        let key = [who, text("/eventName"), text("/errorCode"), text("/sourceIPAddress"), text("/recipientAccountId")];
        let last = parse_aws(&text("/eventTime")).unwrap_or_default();
        let new = |key: &[String; 5]| {
            let [who, event, outcome, source_ip, account] = key.clone();
            let (kind, service, region) = (text("/userIdentity/type"), text("/eventSource"), text("/awsRegion"));
            let (user_agent, event_ids) = (text("/userAgent"), Vec::new());
            let (count, first, mfa, actor_account) = (0, last, None, None);
            Group {
                who,
                identity: Identity::Other,
                handle: Handle::Nobody,
                keys: Vec::new(),
                keyless: true,
                switched_from: None,
                history: None,
                address_history: None,
                taken: None,
                newest_id: String::new(),
                kind,
                event,
                service,
                outcome,
                source_ip,
                account,
                actor_account,
                actor_known: true,
                endpoint_account: String::new(),
                place: Place::Unsaid,
                portal: false,
                drill: false,
                new: true,
                region,
                mfa,
                count,
                first,
                last,
                user_agent,
                event_ids,
            }
        };
        let group = groups.entry(key).or_insert_with_key(new);
        group.count += 1;
        (group.first, group.last) = (group.first.min(last), group.last.max(last));
        if group.event_ids.len() < 10 {
            group.event_ids.push(text("/eventID"));
        }
    }
    rendered(groups.into_values().collect())
}

fn rendered(activity: Vec<Group>) -> usize {
    let Message::Alarm(alarm) = Message::read(ALARM, Origin::default()) else { return 0 };
    let mut notice = Notice::of_alarm("bench", &alarm);
    notice.activity = activity;
    notice.outgoing(&Style::default()).bytes()
}

/// Repeats for so many seconds: how often, in how much CPU time.
fn measure(seconds: u64, mut work: impl FnMut() -> usize) -> (u32, Duration) {
    let (began, cpu) = (Instant::now(), cpu_time());
    let mut rounds = 0;
    while began.elapsed() < Duration::from_secs(seconds) {
        std::hint::black_box(work());
        rounds += 1;
    }
    let cpu = match (cpu, cpu_time()) {
        (Some(before), Some(after)) => after.saturating_sub(before),
        _ => began.elapsed(),
    };
    (rounds, cpu)
}

/// The process's CPU time, in hundredths of a second; Linux only.
fn cpu_time() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // After the name in brackets: user and system time are the 12th and 13th.
    let ticks = stat.rsplit_once(')')?.1.split_whitespace().skip(11).take(2).filter_map(|it| it.parse::<u64>().ok());
    Some(Duration::from_millis(ticks.sum::<u64>() * 10))
}

fn per_second(records: usize, rounds: u32, cpu: Duration) -> String {
    #[expect(clippy::cast_precision_loss, reason = "some thousand records")]
    let records = records as f64;
    format!("{:.0}", records * f64::from(rounds) / cpu.as_secs_f64().max(f64::EPSILON))
}

fn each(rounds: u32, cpu: Duration) -> String {
    format!("{:.2} ms", cpu.as_secs_f64() * 1000.0 / f64::from(rounds.max(1)))
}
