//! One life of a function: started as Lambda starts it, given events one after another, looked at in between.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use local_aws::LocalAws;
use serde::Serialize;
use serde_json::Value;
use tokio::process::{Child, Command};

use crate::Result;
use crate::process::{Used, at_rest};
use crate::runtime_api::{RuntimeApi, Said};
use crate::stub::Stub;

/// Nothing that is measured takes so long unless it hangs.
const LIMIT: Duration = Duration::from_mins(5);

/// A program that takes events from the Lambda Runtime API.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Its file and arguments.
    pub command: Vec<PathBuf>,
    /// What it finds in its environment beside what Lambda sets.
    pub environment: Vec<(String, String)>,
}

impl Subject {
    /// A program without arguments.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self { command: vec![program.into()], environment: Vec::new() }
    }

    /// With this in its environment too.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.push((name.to_owned(), value.into()));
        self
    }
}

/// The account that it asks.
#[derive(Clone, Copy)]
pub enum Account<'a> {
    /// The stub, over TLS; these roots are trusted.
    Stub(&'a Stub, &'a Path),
    /// The local AWS, without TLS.
    Local(&'a LocalAws),
}

/// What a part of a life cost.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Cost {
    /// CPU of the whole process, in milliseconds.
    pub cpu_ms: f64,
    /// By the clock, from the event to the answer; of init nothing.
    pub seconds: f64,
    /// Calls by operation; of the local AWS only their number is known, as `all`.
    pub calls: BTreeMap<String, u64>,
    /// TLS connections opened.
    pub connections: u64,
    /// Bytes both ways, TLS included.
    pub bytes: u64,
}

impl Cost {
    /// Calls of all kinds.
    pub fn all_calls(&self) -> u64 {
        self.calls.values().sum()
    }
}

/// A whole life.
#[derive(Debug, Clone, Serialize)]
pub struct Life {
    /// From its start to the first time it asks for an event.
    pub init: Cost,
    /// Each from the event to the next time it asks.
    pub invocations: Vec<Cost>,
    /// Most memory at once, in MB of 10⁶ bytes.
    pub peak_mb: f64,
    /// What it answered, or its error, by invocation.
    #[serde(skip)]
    pub answers: Vec<std::result::Result<String, String>>,
}

/// What was counted up to a moment.
#[derive(Default)]
struct Counted {
    used: Used,
    calls: BTreeMap<String, u64>,
    connections: u64,
    bytes: u64,
}

impl Counted {
    async fn now(pid: u32, account: Account<'_>) -> Result<Self> {
        let used = at_rest(pid).await?;
        Ok(match account {
            Account::Stub(stub, _) => {
                let (connections, bytes) = (stub.traffic.connections(), stub.traffic.bytes());
                Self { used, calls: stub.calls(), connections, bytes }
            }
            Account::Local(aws) => {
                Self { used, calls: BTreeMap::from([("all".to_owned(), aws.calls())]), connections: 0, bytes: 0 }
            }
        })
    }

    #[allow(clippy::cast_precision_loss)] // nanoseconds of some minutes
    fn since(&self, before: &Self) -> Cost {
        let more = |(operation, count): (&String, &u64)| {
            let more = count - before.calls.get(operation).copied().unwrap_or_default();
            (more > 0).then(|| (operation.clone(), more))
        };
        Cost {
            seconds: 0.0,
            cpu_ms: (self.used.cpu - before.used.cpu) as f64 / 1e6,
            calls: self.calls.iter().filter_map(more).collect(),
            connections: self.connections - before.connections,
            bytes: self.bytes - before.bytes,
        }
    }
}

/// Starts a function, gives it these events, and ends it.
///
/// # Errors
/// When it does not start, ends by itself, hangs, or asks the stub for what it does not know. That an invocation fails is
/// an answer.
#[allow(clippy::cast_precision_loss)] // kibibytes
pub async fn live(subject: &Subject, account: Account<'_>, events: &[Value]) -> Result<Life> {
    let mut api = RuntimeApi::start().await?;
    let mut before = match account {
        Account::Stub(stub, _) => Counted {
            calls: stub.calls(),
            connections: stub.traffic.connections(),
            bytes: stub.traffic.bytes(),
            ..Counted::default()
        },
        Account::Local(aws) => {
            Counted { calls: BTreeMap::from([("all".to_owned(), aws.calls())]), ..Counted::default() }
        }
    };
    let mut child = start(subject, account, &api.address)?;
    let pid = child.id().ok_or("the function ended at once")?;
    let (mut costs, mut answers) = (Vec::new(), Vec::new());
    let mut coming = events.iter();
    let (mut given, mut took) = (Instant::now(), 0.0);
    let peak = loop {
        match hear(&mut api, &mut child).await? {
            Said::Answer(answer) => {
                took = given.elapsed().as_secs_f64();
                answers.push(Ok(answer));
            }
            Said::Failure(error) if costs.is_empty() => return Err(format!("init failed: {error}").into()),
            Said::Failure(error) => answers.push(Err(error)),
            Said::Next(give) => {
                let now = Counted::now(pid, account).await?;
                costs.push(Cost { seconds: took, ..now.since(&before) });
                before = now;
                let Some(event) = coming.next() else { break before.used.peak };
                given = Instant::now();
                let _ = give.send(event.clone());
            }
        }
    };
    child.kill().await?;
    if let Account::Stub(stub, _) = account
        && let unknown = stub.unknown()
        && !unknown.is_empty()
    {
        return Err(format!("the stub was asked for {}", unknown.join(", ")).into());
    }
    let invocations = costs.split_off(1);
    Ok(Life { init: costs.remove(0), invocations, peak_mb: peak as f64 * 1024.0 / 1e6, answers })
}

async fn hear(api: &mut RuntimeApi, child: &mut Child) -> Result<Said> {
    tokio::select! {
        said = api.said.recv() => said.ok_or_else(|| "the stub of the Runtime API ended".into()),
        ended = child.wait() => Err(format!("the function ended: {}", ended?).into()),
        () = tokio::time::sleep(LIMIT) => Err("the function hangs".into()),
    }
}

fn start(subject: &Subject, account: Account<'_>, api: &str) -> Result<Child> {
    let (program, arguments) = subject.command.split_first().ok_or("no program")?;
    let mut command = Command::new(program);
    command.args(arguments).env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    match account {
        Account::Stub(stub, roots) => {
            // Rust's and Python's name for the file of trusted roots.
            command.envs(stub.endpoints.iter().map(|(name, url)| (name, url)));
            command.env("SSL_CERT_FILE", roots).env("AWS_CA_BUNDLE", roots);
        }
        Account::Local(aws) => drop(command.env("AWS_ENDPOINT_URL", aws.endpoint())),
    }
    command.envs([("AWS_LAMBDA_RUNTIME_API", api), ("AWS_LAMBDA_FUNCTION_NAME", "yakei-it")]);
    command.envs([("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"), ("AWS_LAMBDA_FUNCTION_VERSION", "1")]);
    command.envs([("AWS_LAMBDA_LOG_GROUP_NAME", "group"), ("AWS_LAMBDA_LOG_STREAM_NAME", "stream")]);
    command.envs([("AWS_REGION", "us-east-1"), ("AWS_DEFAULT_REGION", "us-east-1")]);
    command.envs([("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test"), ("AWS_SESSION_TOKEN", "test")]);
    command.env("NOTIFY_TOPIC_ARN", "arn:aws:sns:us-east-1:123456789012:yakei-notices");
    command.envs(subject.environment.iter().map(|(name, value)| (name, value)));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    Ok(command.spawn().map_err(|error| format!("{} does not start: {error}", program.display()))?)
}
