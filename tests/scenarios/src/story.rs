//! What the demo tells: the built-in story of one night and day, or the user's own records.

mod incident;
mod narrator;
mod office;

use std::path::Path;
use std::time::{Duration, Instant};

use jiff::{Timestamp, ToSpan as _};
use local_aws::{Mail, REGION};
use serde_json::{Value, json};
use yakei_core::controls::{Catalogue, Installation, Kept};

pub use self::incident::{changed, denied, sign_in, sign_in_at};
pub use self::narrator::Narrator;
pub use self::office::{Office, config, japanese};
use crate::records;
use crate::trouble::Trouble;
use crate::world::{ACCOUNT, BINARIES, World};

/// How long a notice may take before the demo gives up; it takes some seconds, on a machine with much else to do more.
pub const NOTICE_LIMIT: Duration = Duration::from_mins(5);
/// The alarm of the plain sign-in control, the one that the default schedule mutes.
pub const SIGN_IN: &str = "yakei-ConsoleLogin";
/// The alarm of the control for denied calls.
const DENIED: &str = "yakei-UnauthorizedAPICalls";

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
    confirm(world, tell).await?;
    let again = world.invoke("bootstrapper", &json!({"action": "apply"})).await?;
    tell.step("bootstrapper", &format!("apply again: {}", summary(&again)));
    match ["create", "update", "failed"].map(|kind| count(&again, kind)) {
        [0, 0, 0] => Ok(()),
        _ => Err(Trouble::new(format!("applying twice must change nothing: {again:#}"))),
    }
}

/// The people of the config are asked whether they want this mail; before they say yes nothing reaches them.
async fn confirm(world: &World, tell: &Narrator) -> Result<(), Trouble> {
    let asked = world.confirmations();
    let mail = asked.first().ok_or_else(|| Trouble::new("apply has subscribed nobody"))?;
    tell.step("mail", "SNS asks the address of the config whether it wants this");
    tell.mail(mail);
    world.confirm().await?;
    tell.step("a person", "follows the link: the subscription is confirmed");
    Ok(())
}

/// The built-in story: told by night, silent by day, told again in the evening.
///
/// # Errors
/// [`Trouble`] when a step does not happen.
pub async fn night_and_day(world: &World, tell: &Narrator) -> Result<(), Trouble> {
    before(world, tell, "alice", "203.0.113.5").await?;
    tell.part("Night: the alarm is armed");
    toggle(world, tell, json!({}), ("armed", "date")).await?;
    let (usual, mail) = told(world, tell, "alice", "203.0.113.5").await?;
    answered(&mail, "from Osaka VPN (203.0.113.5)", "alice: from this address before, last on ", "; as usual")?;
    denied_calls(world, tell).await?;
    second_actor(world, tell, "bob", "203.0.113.77").await?;

    tell.part("Morning: business hours begin, the alarm is muted");
    reconfigure(world, tell, Office::Open, "the office is open now").await?;
    toggle(world, tell, json!({}), ("muted", "date")).await?;
    not_told(world, tell, "alice", "203.0.113.5", usual).await?;

    tell.part("Evening: the alarm is armed again");
    let seen = world.mails().len();
    reconfigure(world, tell, Office::Closed, "the office is closed").await?;
    toggle(world, tell, json!({}), ("armed", "date")).await?;
    digest(world, tell, seen, "alice", "203.0.113.5").await?;
    settle(world, tell).await?;
    let (_, mail) = told(world, tell, "alice", "198.51.100.7").await?;
    let usually = "days of this log; usually from Osaka VPN";
    answered(&mail, "from an address not known (198.51.100.7)", "alice: ", usually)?;
    in_japanese(world, tell).await?;

    tell.part("A holiday, and a hold by hand");
    reconfigure(world, tell, Office::Holiday, "today is a holiday").await?;
    toggle(world, tell, json!({}), ("armed", "holiday")).await?;
    let until = Timestamp::now().checked_add(1.hour()).map_err(Trouble::new)?;
    let hold = json!({"action": "mute", "until": until.to_string(), "reason": "planned maintenance"});
    toggle(world, tell, hold, ("muted", "hold")).await?;
    toggle(world, tell, json!({"action": "resume"}), ("armed", "holiday")).await
}

/// The same night to people who read Japanese: an address that they know, and one that they do not.
async fn in_japanese(world: &World, tell: &Narrator) -> Result<(), Trouble> {
    tell.part("In Japanese, with a network that people know by name");
    // Its heartbeat would be missed within the twenty minutes that pass.
    toggle(world, tell, json!({}), ("armed", "date")).await?;
    settle(world, tell).await?;
    world.deploy(&japanese(), &["enricher"]).await?;
    tell.step("deploy", "yakei-enricher with language = \"ja\" and a [[notify.known]]");
    told(world, tell, "山田", "203.0.113.5").await?;
    toggle(world, tell, json!({}), ("armed", "date")).await?;
    settle(world, tell).await?;
    let (usual, _) = told(world, tell, "mallory", "198.51.100.7").await?;
    toggle(world, tell, json!({}), ("armed", "date")).await?;
    settle(world, tell).await?;
    missed_in_japanese(world, tell, usual).await?;
    drill_in_japanese(world, tell).await
}

/// What was missed by day, to people who read Japanese: who it was, that this is new, and what stops them.
async fn missed_in_japanese(world: &World, tell: &Narrator, usual: Duration) -> Result<(), Trouble> {
    reconfigure(world, tell, Office::Open, "the office is open now").await?;
    toggle(world, tell, json!({}), ("muted", "date")).await?;
    not_told(world, tell, "鈴木", "198.51.100.9", usual).await?;
    let seen = world.mails().len();
    reconfigure(world, tell, Office::Closed, "the office is closed").await?;
    toggle(world, tell, json!({}), ("armed", "date")).await?;
    let mail = digest(world, tell, seen, "鈴木", "未登録の送信元（198.51.100.9）").await?;
    let in_japanese = mail.subject.contains("ミュート中に") && mail.body.starts_with("ミュート中（");
    if !in_japanese {
        return Err(Trouble::new(format!("the digest is not in Japanese: {}", mail.subject)));
    }
    settle(world, tell).await
}

/// A drill, as people who read Japanese get it.
async fn drill_in_japanese(world: &World, tell: &Narrator) -> Result<(), Trouble> {
    let seen = world.mails().len();
    let answer = world.invoke("bootstrapper", &json!({"action": "drill"})).await?;
    let mail = world.mail(seen, NOTICE_LIMIT, |mail| mail.body.contains("【訓練】")).await;
    let mail = mail.map_err(|error| Trouble::new(format!("{error}: {answer:#}")))?;
    tell.step("mail", "the drill's own notice");
    tell.mail(&mail);
    settle(world, tell).await
}

/// Plays records of the user's and prints every notice; each control that they match must give one.
///
/// # Errors
/// [`Trouble`] when the file cannot be read or a notice does not come.
pub async fn own_records(world: &World, tell: &Narrator, path: &Path) -> Result<(), Trouble> {
    let records = records::read(path).map_err(Trouble::new)?;
    tell.part(&format!("{} records of {}", records.len(), path.display()));
    let expected = expected(world, &records)?;
    let seen = world.mails().len();
    world.deliver(&records).await?;
    tell.step("CloudTrail", &format!("records delivered; they match {} controls", expected.len()));
    let (rung, silent): (Vec<_>, Vec<_>) = expected.iter().partition(|it| it.rings());
    for Expected { alarm, matched, threshold } in silent {
        tell.step("CloudWatch", &format!("{alarm} counts {matched} of them, fewer than its {threshold}: no alarm"));
    }
    for Expected { alarm, matched, .. } in &rung {
        let mail = world.mail(seen, NOTICE_LIMIT, |mail| raised(mail, alarm)).await;
        let mail = mail.map_err(|e| Trouble::new(format!("{alarm}, which {matched} records match: {e}")))?;
        tell.step("mail", &format!("{alarm}, which {matched} of the records match"));
        tell.mail(&mail);
    }
    tell.step("end", &format!("{} notices for {} controls", world.mails().len() - seen, rung.len()));
    Ok(())
}

/// What an alarm must count of some records, all delivered at once.
struct Expected {
    alarm: String,
    matched: u32,
    threshold: f64,
}

impl Expected {
    fn rings(&self) -> bool {
        f64::from(self.matched) >= self.threshold
    }
}

/// The alarms that count any of these records.
fn expected(world: &World, records: &[String]) -> Result<Vec<Expected>, Trouble> {
    let catalogue = Catalogue::builtin().map_err(Trouble::new)?;
    let name = world.name();
    let (log_group, alarm_topic, notice_topic) = (name.log_group(), name.alarm_topic(), name.notice_topic());
    let installation = Installation {
        partition: "aws",
        account: ACCOUNT,
        name: name.as_str(),
        log_group: &log_group,
        alarm_topic: &alarm_topic,
        notice_topic: &notice_topic,
        kept: Kept { trail_bucket: name.bucket(ACCOUNT, REGION).into(), trail_key: None, topic_key: None },
    };
    let mut expected = Vec::new();
    // Those of packs are off in the demo's config.
    for control in catalogue.controls().iter().filter(|it| it.pack.is_none()) {
        let patterns = control.filled(&installation).parsed().map_err(Trouble::new)?;
        let matched = records.iter().filter(|record| patterns.iter().any(|it| it.matches(record))).count();
        if matched > 0 {
            let matched = u32::try_from(matched).map_err(Trouble::new)?;
            expected.push(Expected { alarm: world.name().alarm(&control.key), matched, threshold: control.threshold });
        }
    }
    Ok(expected)
}

async fn reconfigure(world: &World, tell: &Narrator, office: Office, by_which: &str) -> Result<(), Trouble> {
    world.deploy(&config(office), &["toggler"]).await?;
    tell.step("deploy", &format!("yakei-toggler with a config by which {by_which}"));
    Ok(())
}

/// Invokes the toggler and checks what became of the sign-in alarm, and why.
async fn toggle(world: &World, tell: &Narrator, event: Value, wanted: (&str, &str)) -> Result<(), Trouble> {
    let answer = world.invoke("toggler", &event).await?;
    let text = |name: &str| answer.pointer(&format!("/schedules/0/{name}")).and_then(Value::as_str).unwrap_or("?");
    let (desired, because) = (text("desired"), text("because"));
    let (_, enabled) = world.alarm(SIGN_IN).await?;
    let asked = event.get("action").and_then(Value::as_str).unwrap_or("run");
    tell.step("toggler", &format!("{asked}: {SIGN_IN} {desired} ({because}); its actions are enabled: {enabled}"));
    let as_wanted = (desired, because) == wanted && enabled == (wanted.0 == "armed");
    if as_wanted { Ok(()) } else { Err(Trouble::new(format!("{SIGN_IN} should be {wanted:?}: {answer:#}"))) }
}

/// A sign-in whose notice must come and name who and from where; how long it took, and the notice.
async fn told(world: &World, tell: &Narrator, who: &str, address: &str) -> Result<(Duration, Mail), Trouble> {
    let seen = world.mails().len();
    let started = Instant::now();
    signs_in(world, tell, who, address).await?;
    in_alarm(world, tell).await?;
    let mail = world.mail(seen, NOTICE_LIMIT, |mail| raised(mail, SIGN_IN)).await?;
    let took = started.elapsed();
    tell.step("mail", &format!("{:.1} s after the record", took.as_secs_f64()));
    tell.mail(&mail);
    if mail.body.contains("; and ") {
        tell.step("CloudWatch", "its datapoint counts some minutes: whoever signed in within them is named too");
    }
    let first = mail.body.lines().next().unwrap_or_default();
    let complete = first.contains(who) && first.contains(address);
    if complete {
        Ok((took, mail))
    } else {
        Err(Trouble::new(format!("the first line lacks {who} or {address}: {first}")))
    }
}

/// Somebody else signs in while the alarm stands in ALARM: AWS mails nothing, the all-clear tells it.
async fn second_actor(world: &World, tell: &Narrator, who: &str, address: &str) -> Result<(), Trouble> {
    let seen = world.mails().len();
    signs_in(world, tell, who, address).await?;
    tell.step("CloudWatch", "the alarm stands in ALARM already: no transition, so no message");
    settle(world, tell).await?;
    let mail = world.mail(seen, NOTICE_LIMIT, |mail| mail.body.contains(who)).await?;
    tell.step("mail", "the all-clear tells what happened during the alarm");
    tell.mail(&mail);
    Ok(())
}

/// A burst of denied calls by two people is one notice, grouped.
async fn denied_calls(world: &World, tell: &Narrator) -> Result<(), Trouble> {
    let seen = world.mails().len();
    // Each call is a record of its own: one that is delivered twice is one call.
    let carol = std::iter::repeat_with(|| denied("carol", "198.51.100.20", "s3", "ListBuckets")).take(3);
    let dave = std::iter::repeat_with(|| denied("dave", "198.51.100.21", "iam", "CreateUser")).take(5);
    world.deliver(&carol.chain(dave).collect::<Vec<_>>()).await?;
    tell.step("CloudTrail", "three calls of carol and five of dave are denied");
    let mail = world.mail(seen, NOTICE_LIMIT, |mail| raised(mail, DENIED)).await?;
    tell.step("mail", "one notice, grouped by who did what");
    tell.mail(&mail);
    let complete = mail.body.contains("carol") && mail.body.contains("dave");
    if complete { Ok(()) } else { Err(Trouble::new("the notice of the burst lacks carol or dave")) }
}

/// A sign-in that must raise no notice: the alarm goes to ALARM, but muted.
async fn not_told(world: &World, tell: &Narrator, who: &str, address: &str, usual: Duration) -> Result<(), Trouble> {
    let seen = world.mails().len();
    signs_in(world, tell, who, address).await?;
    in_alarm(world, tell).await?;
    let patience = usual * 2 + Duration::from_secs(1);
    if let Ok(mail) = world.mail(seen, patience, |mail| is_about(mail, SIGN_IN)).await {
        return Err(Trouble::new(format!("a mail came although the alarm is muted: {}", mail.subject)));
    }
    tell.step("mail", &format!("none within {:.1} s: nobody is disturbed", patience.as_secs_f64()));
    Ok(())
}

/// What happened while the alarm was muted is told once, when it is armed again, with who it was.
async fn digest(world: &World, tell: &Narrator, seen: usize, who: &str, address: &str) -> Result<Mail, Trouble> {
    let mail = world.mail(seen, NOTICE_LIMIT, |mail| is_about(mail, SIGN_IN)).await?;
    tell.step("mail", "the digest: what happened while the alarm was muted");
    tell.mail(&mail);
    let complete = mail.body.contains(who) && mail.body.contains(address);
    if complete { Ok(mail) } else { Err(Trouble::new(format!("the digest lacks {who} or {address}"))) }
}

/// What the log holds from before: somebody's daily sign-in from where they always are.
async fn before(world: &World, tell: &Narrator, who: &str, address: &str) -> Result<(), Trouble> {
    for days in (1..=12).rev() {
        let at = Timestamp::now().checked_sub((24 * days).hours()).map_err(Trouble::new)?;
        world.deliver_at(&[sign_in_at(who, address, at)], at).await?;
    }
    tell.step(
        "CloudTrail",
        &format!("the log group holds twelve days, on each of which {who} signed in from {address}"),
    );
    Ok(())
}

/// What a mail answers: its first line, whether that is new or usual, and what stops whoever it was.
fn answered(Mail { body, .. }: &Mail, first_line: &str, history: &str, usual: &str) -> Result<(), Trouble> {
    // One sentence stands beside its word, several below it.
    let sentence = |line: &str| line.strip_prefix("History    ").or_else(|| line.strip_prefix("- ")).map(str::to_owned);
    let answers = body.lines().filter_map(sentence).any(|it| it.starts_with(history) && it.ends_with(usual));
    let stops =
        body.contains("aws iam delete-login-profile --user-name='alice'") && body.contains("/cloudtrailv2/home?");
    let first = body.lines().next().is_some_and(|line| line.contains(first_line));
    if first && answers && stops { Ok(()) } else { Err(Trouble::new(format!("the mail lacks an answer: {body}"))) }
}

async fn signs_in(world: &World, tell: &Narrator, who: &str, address: &str) -> Result<(), Trouble> {
    world.deliver(&[sign_in(who, address)]).await?;
    tell.step("CloudTrail", &format!("{who} signs in from {address}; the record reaches the log group"));
    Ok(())
}

/// The alarm goes back to OK by itself once its data is old; here nobody waits for that.
async fn settle(world: &World, tell: &Narrator) -> Result<(), Trouble> {
    world.let_time_pass().await?;
    if world.alarm(SIGN_IN).await?.0 {
        return Err(Trouble::new(format!("{SIGN_IN} is still in ALARM without any breaching data")));
    }
    tell.step("CloudWatch", "twenty minutes without a sign-in: the alarm is OK again by itself");
    Ok(())
}

/// The local AWS has evaluated its alarms when the record is taken.
async fn in_alarm(world: &World, tell: &Narrator) -> Result<(), Trouble> {
    let (alarm, enabled) = world.alarm(SIGN_IN).await?;
    if !alarm {
        return Err(Trouble::new(format!("{SIGN_IN} did not go to ALARM")));
    }
    let muted = if enabled { "" } else { ", but its actions are muted" };
    tell.step("CloudWatch", &format!("metric filter, metric, alarm: {SIGN_IN} is in ALARM{muted}"));
    Ok(())
}

fn is_about(mail: &Mail, alarm: &str) -> bool {
    mail.body.contains(alarm) || mail.subject.contains(alarm)
}

/// Whether a mail is the notice of an alarm that was raised, not an all-clear.
fn raised(mail: &Mail, alarm: &str) -> bool {
    mail.subject.starts_with(&format!("ALARM {alarm}"))
}

fn count(answer: &Value, kind: &str) -> u64 {
    answer.pointer(&format!("/summary/{kind}")).and_then(Value::as_u64).unwrap_or_default()
}

fn summary(answer: &Value) -> String {
    ["create", "update", "none", "foreign", "failed"].map(|kind| format!("{} {kind}", count(answer, kind))).join(", ")
}
