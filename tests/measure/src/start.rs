//! Start-up and memory: init, the first and later invocations of each function, beside a bare function and Python.

use std::path::Path;

use measure::Result;
use measure::run::{Account, Cost, Life, Subject, live};
use measure::stub::{self, Found, Stub};
use measure::tls::Authority;
use serde_json::{Value, json};

use crate::arguments::Arguments;
use crate::report::Report;

/// Business hours without end: the first invocation mutes every alarm, later ones find nothing to do.
pub(crate) const ALWAYS: &str = r#"
[[schedule]]
name = "always"
timezone = "Asia/Tokyo"
windows = [{ days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], start = "00:00", end = "24:00" }]
alarms = ["yakei-*"]
"#;
/// Alarms of the account in which start-up is measured.
const ALARMS: usize = 250;
/// Invocations of one life.
const INVOCATIONS: usize = 4;
/// CPU of init beside the bare function's, at most.
const INIT: f64 = 3.5;
/// A function's zip, in MB of 10⁶ bytes.
const ZIP: f64 = 3.5;
/// Memory at 250 alarms, in MB.
const PEAK: f64 = 12.0;

/// An account with so many alarms that are armed.
pub(crate) fn account(alarms: usize, found: Found) -> stub::Account {
    let mut account = stub::Account::default();
    account.alarms = (0..alarms).map(|n| (format!("yakei-{n:04}"), true)).collect();
    account.found = found;
    account
}

/// What the enricher gets when the sign-in alarm has counted so many events; each message has an id of its own.
pub(crate) fn alarm(events: usize, id: usize) -> Value {
    let message = json!({
        "AlarmName": "yakei-ConsoleLogin", "AlarmArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:yakei-ConsoleLogin",
        "AWSAccountId": "123456789012", "Region": "US East (N. Virginia)",
        "NewStateValue": "ALARM", "OldStateValue": "OK", "StateChangeTime": "2026-11-21T18:46:12.345+0000",
        "NewStateReason": format!("Threshold Crossed: 1 datapoint [{events}.0 (21/11/26 18:40:00)] was greater than or equal to the threshold (1.0)."),
        "Trigger": {"MetricName": "ConsoleLogin", "Namespace": "yakei", "StatisticType": "Statistic", "Statistic": "SUM",
            "Period": 300, "EvaluationPeriods": 1, "DatapointsToAlarm": 1, "Threshold": 1.0, "Dimensions": [],
            "ComparisonOperator": "GreaterThanOrEqualToThreshold", "TreatMissingData": "notBreaching"}
    });
    json!({"Records": [{"EventSource": "aws:sns", "Sns": {"Type": "Notification", "MessageId": format!("message-{id}"),
        "TopicArn": "arn:aws:sns:us-east-1:123456789012:yakei-alarms", "Message": message.to_string()}}]})
}

/// Several lives of the same subject.
struct Measured {
    name: String,
    /// CPU of starts that were measured by turns with the other functions' starts; none of Python's.
    starts: Vec<f64>,
    lives: Vec<Life>,
}

impl Measured {
    fn init(&self) -> f64 {
        if self.starts.is_empty() {
            return median(self.lives.iter().map(|life| life.init.cpu_ms));
        }
        median(self.starts.iter().copied())
    }

    fn first(&self) -> f64 {
        median(self.lives.iter().filter_map(|life| life.invocations.first()).map(|cost| cost.cpu_ms))
    }

    fn warm(&self) -> f64 {
        median(self.lives.iter().flat_map(|life| life.invocations.iter().skip(1)).map(|cost| cost.cpu_ms))
    }

    fn peak(&self) -> f64 {
        median(self.lives.iter().map(|life| life.peak_mb))
    }

    fn row(&self, bare: &Self) -> Vec<Value> {
        let of = |at: usize| self.lives.first().and_then(|life| life.invocations.get(at)).cloned().unwrap_or_default();
        let (init, first, warm) = (self.lives.first().map(|life| life.init.clone()).unwrap_or_default(), of(0), of(1));
        let calls = |cost: &Cost| format!("{} / {}", cost.all_calls(), cost.connections);
        vec![
            json!(self.name),
            json!(format!("{:.2}", self.init() / bare.init())),
            json!(self.init()),
            json!(self.first()),
            json!(self.warm()),
            json!(self.peak()),
            json!(calls(&init)),
            json!(calls(&first)),
            json!(calls(&warm)),
            json!((init.bytes + first.bytes) / 1000),
        ]
    }
}

/// The middle one; zero of none.
pub(crate) fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or_default()
}

/// Measures, and holds the limits.
pub(crate) async fn measure(arguments: &Arguments, report: &mut Report) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let authority = Authority::new(folder.path())?;
    let config = folder.path().join("yakei.toml");
    std::fs::write(&config, ALWAYS)?;
    let function = |name: &str| Subject::new(arguments.functions.join(name));
    let own = scenarios::deploy::checkout().join("infra/yakei.toml");
    let own = own.to_string_lossy();

    let alarms: Vec<Value> = (0..INVOCATIONS).map(|n| alarm(1, n)).collect();
    let ticks = vec![json!({}); INVOCATIONS];
    let mut subjects = vec![
        ("bare lambda_runtime", function("bare"), &ticks),
        ("enricher", function("enricher").with("YAKEI_CONFIG", own), &alarms),
        ("toggler, 250 alarms", function("toggler").with("YAKEI_CONFIG", config.to_string_lossy()), &ticks),
    ];
    if let Some(python) = &arguments.python {
        let peer = |name: &str| {
            let mut subject = Subject::new(python).with("PEER", name);
            subject.command.extend(["-m".into(), "awslambdaric".into(), "peer.handler".into()]);
            let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("python");
            subject.with("PYTHONPATH", here.to_string_lossy()).with("LAMBDA_TASK_ROOT", here.to_string_lossy())
        };
        subjects.push(("Python, boto3: the enricher's calls", peer("enricher"), &alarms));
        subjects.push(("Python, boto3: the toggler's calls", peer("toggler"), &ticks));
    }
    let (runs, rounds) = if arguments.quick { (5, 25) } else { (15, 75) };
    let functions: Vec<&Subject> = subjects.iter().map(|(_, subject, _)| subject).filter(|it| !is_python(it)).collect();
    let mut starts = by_turns(&functions, &authority, rounds).await?.into_iter();
    if !arguments.wants("start") {
        let names = subjects.iter().map(|(name, ..)| (*name).to_owned());
        let measured = names.zip(starts).map(|(name, starts)| Measured { name, starts, lives: Vec::new() });
        tell_starts(report, &measured.collect::<Vec<_>>());
        return Ok(());
    }
    let mut measured: Vec<Measured> = Vec::new();
    for (name, subject, events) in subjects {
        let runs = if name.starts_with("Python") { runs / 3 } else { runs };
        let mut lives = Vec::new();
        for _ in 0..runs.max(1) {
            let stub = Stub::start(&authority, account(ALARMS, Found::default())).await?;
            let life = live(&subject, Account::Stub(&stub, &authority.bundle), events).await?;
            if let Some(Err(error)) = life.answers.iter().find(|answer| answer.is_err()) {
                return Err(format!("{name}: {error}").into());
            }
            lives.push(life);
        }
        measured.push(Measured { name: name.to_owned(), starts: starts.next().unwrap_or_default(), lives });
    }
    tell_starts(report, &measured);
    tell(report, &measured, authority.roots);
    if let Some(python) = &arguments.python {
        for name in ["enricher", "toggler"] {
            report.limit(&format!("{name}: zip, MB"), zipped(python, &arguments.functions.join(name))?, ZIP);
        }
    }
    Ok(())
}

fn is_python(subject: &Subject) -> bool {
    subject.command.len() > 1
}

/// CPU of starts, in milliseconds, one after another of each function: a slow minute of the machine falls on all alike, where
/// a block of one after a block of another is compared across minutes.
async fn by_turns(functions: &[&Subject], authority: &Authority, rounds: usize) -> Result<Vec<Vec<f64>>> {
    let stub = Stub::start(authority, account(ALARMS, Found::default())).await?;
    let mut starts = vec![Vec::new(); functions.len()];
    for _ in 0..rounds {
        for (function, starts) in functions.iter().zip(&mut starts) {
            starts.push(live(function, Account::Stub(&stub, &authority.bundle), &[]).await?.init.cpu_ms);
        }
    }
    Ok(starts)
}

/// What a start costs, and whether it keeps within its limit.
fn tell_starts(report: &mut Report, measured: &[Measured]) {
    let Some(bare) = measured.first() else { return };
    let rows = measured.iter().filter(|lives| !lives.starts.is_empty()).map(|lives| {
        let mut sorted = lives.starts.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |quarter: usize| sorted.get(sorted.len() * quarter / 4).copied().unwrap_or_default();
        let ratio = format!("{:.2}", lives.init() / bare.init());
        vec![json!(lives.name), json!(ratio), json!(lives.init()), json!(at(1)), json!(at(3))]
    });
    let note = format!(
        "CPU milliseconds from a start to the first time that an event is asked for; {} starts of each, by turns, so that a slow \
         minute falls on all alike.",
        bare.starts.len()
    );
    report.table(
        "Starts by turns",
        &note,
        &["", "init ÷ bare", "median", "a quarter is below", "and above"],
        rows.collect(),
    );
    for lives in measured.iter().filter(|lives| is_limited(lives)) {
        report.limit(&format!("{}: init beside the bare function's", lives.name), lives.init() / bare.init(), INIT);
    }
}

fn is_limited(lives: &Measured) -> bool {
    ["enricher", "toggler, 250 alarms"].contains(&lives.name.as_str())
}

/// How much a file is in a zip, in MB: deflated as zips are, which unoptimised Rust would take half a minute for.
fn zipped(python: &Path, file: &Path) -> Result<f64> {
    const PROGRAM: &str = "import sys, zlib; print(len(zlib.compress(open(sys.argv[1], 'rb').read(), 9)))";
    let output = std::process::Command::new(python).args(["-c", PROGRAM]).arg(file).output()?;
    let bytes: f64 = String::from_utf8_lossy(&output.stdout).trim().parse()?;
    Ok(bytes / 1e6)
}

fn tell(report: &mut Report, measured: &[Measured], roots: usize) {
    let Some(bare) = measured.first() else { return };
    let rows = measured.iter().map(|lives| lives.row(bare)).collect();
    let python = measured.iter().find(|lives| lives.name.starts_with("Python")).map(|lives| lives.lives.len());
    let python = python.map_or("Python with boto3: NOT RUN".to_owned(), |lives| format!("Python's: {lives}"));
    let note = format!(
        "CPU milliseconds of the whole process, medians of {} lives ({python}; init of {} starts by turns), {roots} trusted roots, TLS 1.3 to a stub that \
         answers at once. The toggler's first invocation mutes 250 alarms, later ones find nothing to do; the enricher's \
         each tell of one event. Calls / TLS connections are those of one life.",
        bare.lives.len(),
        bare.starts.len(),
    );
    let columns = [
        "",
        "init ÷ bare",
        "init",
        "first",
        "warm",
        "peak MB",
        "calls / connections in init",
        "in the first",
        "when warm",
        "kB, init and first",
    ];
    report.table("Start-up and memory", &note, &columns, rows);
    for lives in measured.iter().filter(|lives| is_limited(lives)) {
        report.limit(&format!("{}: peak MB", lives.name), lives.peak(), PEAK);
    }
}
