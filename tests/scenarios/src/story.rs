//! What the demo tells: the built-in story of one night and day, or the user's own records.

use std::path::Path;
use std::time::{Duration, Instant};

use jiff::{Timestamp, ToSpan as _, Zoned};
use local_aws::Mail;
use serde_json::{Value, json};
use yakei_core::controls::Catalogue;

use crate::records;
use crate::world::{ACCOUNT, BINARIES, Trouble, World};

/// How long a notice may take before the demo gives up; it takes some seconds.
const NOTICE_LIMIT: Duration = Duration::from_secs(60);
/// The alarm of the plain sign-in control, the one that the default schedule mutes.
const SIGN_IN: &str = "yakei-ConsoleLogin";

/// Prints a line for each step, with the time since the start.
#[derive(Debug)]
pub struct Narrator {
    started: Instant,
}

impl Default for Narrator {
    fn default() -> Self {
        Self { started: Instant::now() }
    }
}

impl Narrator {
    /// One step that has happened.
    pub fn step(&self, who: &str, what: &str) {
        println!("[{:6.1} s] {who:<12} {what}", self.started.elapsed().as_secs_f64());
    }

    /// The beginning of a part.
    pub fn part(&self, title: &str) {
        println!("\n--- {title} ---");
    }

    /// A mail as it arrives.
    pub fn mail(&self, mail: &Mail) {
        println!("    ┌ To: {}\n    │ Subject: {}\n    │", mail.to, mail.subject);
        for line in mail.body.lines() {
            println!("    │ {line}");
        }
        println!("    └");
    }
}

/// Deploys the functions and sets the account up; applying twice changes nothing.
///
/// # Errors
/// [`Trouble`] when a step does not happen.
pub async fn set_up(world: &World, tell: &Narrator) -> Result<(), Trouble> {
    world.deploy(&config(Office::Closed), &BINARIES).await?;
    tell.step("deploy", "yakei-toggler, yakei-enricher and yakei-bootstrapper uploaded by cargo lambda deploy");
    let plan = world.invoke("bootstrapper", &json!({"action": "plan"})).await?;
    tell.step("bootstrapper", &format!("plan: {}", summary(&plan)));
    let applied = world.invoke("bootstrapper", &json!({"action": "apply"})).await?;
    tell.step("bootstrapper", &format!("apply: {}", summary(&applied)));
    let again = world.invoke("bootstrapper", &json!({"action": "apply"})).await?;
    tell.step("bootstrapper", &format!("apply again: {}", summary(&again)));
    let changed = |kind: &str| again.pointer(&format!("/summary/{kind}")).and_then(Value::as_u64).unwrap_or(u64::MAX);
    match (changed("create"), changed("update"), changed("failed")) {
        (0, 0, 0) => Ok(()),
        _ => Err(Trouble::new(format!("applying twice must change nothing: {again:#}"))),
    }
}

/// A sign-in at night is told, by day it is not, and in the evening it is told again.
///
/// # Errors
/// [`Trouble`] when a step does not happen.
pub async fn night_and_day(world: &World, tell: &Narrator) -> Result<(), Trouble> {
    tell.part("Night: the alarm is armed");
    toggle(world, tell, "armed").await?;
    let delay = told(world, tell, "alice", "203.0.113.5").await?;

    tell.part("Morning: business hours begin, the alarm is muted");
    world.deploy(&config(Office::Open), &["toggler"]).await?;
    tell.step("deploy", "yakei-toggler with a config by which the office is open now");
    toggle(world, tell, "muted").await?;
    not_told(world, tell, "alice", "203.0.113.5", delay).await?;

    tell.part("Evening: the alarm is armed again");
    world.deploy(&config(Office::Closed), &["toggler"]).await?;
    tell.step("deploy", "yakei-toggler with the night's config");
    toggle(world, tell, "armed").await?;
    world.settle(SIGN_IN).await?;
    tell.step("CloudWatch", "the breaching period has passed, the alarm is OK again");
    told(world, tell, "mallory", "198.51.100.7").await?;
    Ok(())
}

/// Plays records of the user's and prints every notice; each control that they match must give one.
///
/// # Errors
/// [`Trouble`] when the file cannot be read or a notice does not come.
pub async fn own_records(world: &World, tell: &Narrator, path: &Path) -> Result<(), Trouble> {
    let records = records::read(path).map_err(Trouble::new)?;
    let catalogue = Catalogue::builtin().map_err(Trouble::new)?;
    tell.part(&format!("{} records of {}", records.len(), path.display()));
    let mut expected = Vec::new();
    for control in catalogue.controls() {
        let count = records.iter().filter(|record| control.pattern.matches(record)).count();
        if count > 0 {
            expected.push((world.name().alarm(&control.key), count));
        }
    }
    let seen = world.mails().len();
    world.deliver(&records).await?;
    tell.step("CloudTrail", &format!("records delivered; they match {} controls", expected.len()));
    for (alarm, count) in &expected {
        let mail = world.mail(seen, NOTICE_LIMIT, |mail| is_about(mail, alarm)).await;
        let mail = mail.map_err(|e| Trouble::new(format!("{alarm}, which {count} records match: {e}")))?;
        tell.step("mail", &format!("{alarm}, which {count} of the records match"));
        tell.mail(&mail);
    }
    tell.step("end", &format!("{} notices for {} controls", world.mails().len() - seen, expected.len()));
    Ok(())
}

/// Runs the toggler as Scheduler does, and checks what became of the sign-in alarm.
async fn toggle(world: &World, tell: &Narrator, wanted: &str) -> Result<(), Trouble> {
    let answer = world.invoke("toggler", &json!({})).await?;
    let text = |pointer: &str| answer.pointer(pointer).and_then(Value::as_str).unwrap_or("?").to_owned();
    let (desired, because) = (text("/schedules/0/desired"), text("/schedules/0/because"));
    let (_, enabled) = world.alarm(SIGN_IN).await?;
    tell.step("toggler", &format!("{SIGN_IN} {desired}, because: {because}; actions enabled: {enabled}"));
    let as_wanted = desired == wanted && enabled == (wanted == "armed");
    if as_wanted { Ok(()) } else { Err(Trouble::new(format!("{SIGN_IN} should be {wanted}: {answer:#}"))) }
}

/// A sign-in whose notice must come and name who and from where; how long it took.
async fn told(world: &World, tell: &Narrator, who: &str, address: &str) -> Result<Duration, Trouble> {
    let seen = world.mails().len();
    let started = Instant::now();
    world.deliver(&[sign_in(who, address)]).await?;
    tell.step("CloudTrail", &format!("{who} signs in from {address}; the record reaches the log group"));
    in_alarm(world, tell).await?;
    let mail = world.mail(seen, NOTICE_LIMIT, |mail| is_about(mail, SIGN_IN)).await?;
    let took = started.elapsed();
    tell.step("mail", &format!("{:.1} s after the record", took.as_secs_f64()));
    tell.mail(&mail);
    let first = mail.body.lines().next().unwrap_or_default();
    let complete = first.contains(who) && first.contains(address);
    if complete { Ok(took) } else { Err(Trouble::new(format!("the mail's first line lacks {who} or {address}: {first}"))) }
}

/// A sign-in that must raise no notice: the alarm goes to ALARM, but muted.
async fn not_told(world: &World, tell: &Narrator, who: &str, address: &str, usual: Duration) -> Result<(), Trouble> {
    world.settle(SIGN_IN).await?;
    let seen = world.mails().len();
    world.deliver(&[sign_in(who, address)]).await?;
    tell.step("CloudTrail", &format!("{who} signs in from {address}; the record reaches the log group"));
    in_alarm(world, tell).await?;
    let patience = usual * 2 + Duration::from_secs(1);
    match world.mail(seen, patience, |mail| is_about(mail, SIGN_IN)).await {
        Ok(mail) => Err(Trouble::new(format!("a mail came although the alarm is muted: {}", mail.subject))),
        Err(_) => {
            tell.step("mail", &format!("none within {:.1} s: nobody is disturbed", patience.as_secs_f64()));
            Ok(())
        }
    }
}

async fn in_alarm(world: &World, tell: &Narrator) -> Result<(), Trouble> {
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(20) {
        let (alarm, enabled) = world.alarm(SIGN_IN).await?;
        if alarm {
            let muted = if enabled { "" } else { ", but its actions are muted" };
            tell.step("CloudWatch", &format!("metric filter, metric, alarm: {SIGN_IN} is in ALARM{muted}"));
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err(Trouble::new(format!("{SIGN_IN} did not go to ALARM")))
}

fn is_about(mail: &Mail, alarm: &str) -> bool {
    mail.body.contains(alarm) || mail.subject.contains(alarm)
}

fn summary(answer: &Value) -> String {
    let count = |kind: &str| answer.pointer(&format!("/summary/{kind}")).and_then(Value::as_u64).unwrap_or_default();
    let kinds = ["create", "update", "none", "foreign", "failed"];
    kinds.map(|kind| format!("{} {kind}", count(kind))).join(", ")
}

/// Whether the demo's office is open at the moment the demo runs.
#[derive(Debug, Clone, Copy)]
enum Office {
    Open,
    Closed,
}

/// The demo's config. Today's and tomorrow's dates are set, so that it is day or night whenever the demo runs.
fn config(office: Office) -> String {
    let today = Zoned::now().with_time_zone(jiff::tz::TimeZone::get("Asia/Tokyo").unwrap_or(jiff::tz::TimeZone::UTC));
    let tomorrow = today.checked_add(1.day()).unwrap_or_else(|_| today.clone());
    let windows = match office {
        Office::Open => r#"[{ start = "00:00", end = "24:00" }]"#,
        Office::Closed => "[]",
    };
    format!(
        r#"name = "yakei"

[[schedule]]
name     = "tokyo-office"
timezone = "Asia/Tokyo"
windows  = [{{ days = ["Mon", "Tue", "Wed", "Thu", "Fri"], start = "09:00", end = "18:00" }}]
dates    = {{ "{}" = {windows}, "{}" = {windows} }}
alarms   = ["{SIGN_IN}"]

[notify]
timezone = "Asia/Tokyo"
emails   = ["security@example.com"]
"#,
        today.date(),
        tomorrow.date(),
    )
}

/// A console sign-in with MFA, as CloudTrail records it.
fn sign_in(who: &str, address: &str) -> String {
    let now = Timestamp::now().round(jiff::Unit::Second).unwrap_or_else(|_| Timestamp::now());
    json!({
        "eventVersion": "1.09",
        "userIdentity": {
            "type": "IAMUser", "principalId": "AIDAEXAMPLEEXAMPLE", "accountId": ACCOUNT,
            "arn": format!("arn:aws:iam::{ACCOUNT}:user/{who}"), "userName": who,
        },
        "eventTime": now.to_string(),
        "eventSource": "signin.amazonaws.com",
        "eventName": "ConsoleLogin",
        "awsRegion": "us-east-1",
        "sourceIPAddress": address,
        "userAgent": "Mozilla/5.0 (X11; Linux x86_64)",
        "requestParameters": null,
        "responseElements": { "ConsoleLogin": "Success" },
        "additionalEventData": { "LoginTo": "https://console.aws.amazon.com/console/home", "MobileVersion": "No", "MFAUsed": "Yes" },
        "eventID": format!("{:08x}-0000-4000-8000-{:012x}", now.as_second(), now.as_nanosecond() & 0xffff_ffff_ffff),
        "readOnly": false,
        "eventType": "AwsConsoleSignIn",
        "managementEvent": true,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
    })
    .to_string()
}
