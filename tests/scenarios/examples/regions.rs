//! 17 Regions watched: Yakei beside the CLI article's commands, against the same local AWS.
//!
//! `cargo run -p scenarios --example regions [-- MILLISECONDS…]`; each number is a delay that the gateway adds to every
//! call, as a network would: 40 within a continent, 150 to Regions around the world. Calls are counted in the gateway.
//! The bootstrapper is the one that `make functions` builds, unoptimised.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use local_aws::{LocalAws, Options};
use scenarios::deploy::checkout;
use scenarios::terminal::{BOOTSTRAPPER, PYTHON, aws_cli, empty_account, in_account};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use yakei_core::config::Config;
use yakei_core::controls::Catalogue;
use yakei_core::regions::BY_DEFAULT;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const CIS_1_2: &str = "\n[controls]\nbenchmark = \"cis-1.2\"\n";

#[tokio::main]
async fn main() -> Result<()> {
    let delays = std::env::args().skip(1).map(|it| it.parse()).collect::<std::result::Result<Vec<u64>, _>>()?;
    let folder = tempfile::tempdir()?;
    let everywhere = folder.path().join("everywhere.toml");
    let own = fs::read_to_string(checkout().join("infra/yakei.toml"))?;
    // The Regions that the article loops over; "all" would be every one that the local AWS says is enabled.
    let own = own + &format!("\n[trail]\nregions = {BY_DEFAULT:?}\n");
    fs::write(&everywhere, &own)?;
    let article = article(&(own + CIS_1_2))?;
    for delay in if delays.is_empty() { vec![0, 40, 150] } else { delays } {
        compare(Duration::from_millis(delay), &everywhere, &article).await?;
    }
    Ok(())
}

/// What the article's loops run over: 17 Regions, 14 controls.
fn article(config: &str) -> Result<Value> {
    let config = Config::parse(config)?;
    let controls = Catalogue::builtin()?.select(&config.controls)?;
    let controls = controls.iter().filter(|control| !control.ids.is_empty());
    let controls: Vec<Value> = controls.map(|it| json!({"key": it.key, "pattern": it.pattern})).collect();
    Ok(json!({"regions": BY_DEFAULT, "controls": controls}))
}

async fn compare(delay: Duration, everywhere: &Path, work: &Value) -> Result<()> {
    let aws = LocalAws::start(Options { delay, ..Options::default() }).await?;
    println!("\nevery call takes {} ms more than on this machine", delay.as_millis());
    println!("{:58} {:>8} {:>8} {:>8} {:>8}", "", "seconds", "of CPU", "calls", "times");
    empty_account(&aws).await?;
    let script = checkout().join("tests/scenarios/examples/article.py");
    let mut replay = in_account(PYTHON, &aws);
    replay.arg(script).stdin(Stdio::piped());
    let article = run(&aws, replay, Some(work)).await?;
    let row = |what: &str, cost: &Cost| {
        let Cost { seconds, cpu, calls } = cost;
        println!("{what:58} {seconds:8.2} {cpu:8.2} {calls:8} {:8.1}", article.seconds / seconds);
    };
    row("the article's calls, by botocore in one process", &article);
    let cli = cli(&aws).await?;
    row("the article's commands, by the AWS CLI (extrapolated)", &cli.times(article.calls));
    for (set_up, config) in [("one trail for all Regions", None), ("a trail in each of 17 Regions", Some(everywhere))] {
        empty_account(&aws).await?;
        for what in ["empty account", "nothing to change"] {
            let mut apply = in_account(BOOTSTRAPPER, &aws);
            apply.arg("apply").stdout(Stdio::null()).stderr(Stdio::null());
            if let Some(config) = config {
                apply.env("YAKEI_CONFIG", config);
            }
            row(&format!("Yakei, {set_up}: {what}"), &run(&aws, apply, None).await?);
        }
    }
    aws.stop().await;
    Ok(())
}

/// One of the article's commands by the AWS CLI, the mean of six.
async fn cli(aws: &LocalAws) -> Result<Cost> {
    const FILTER: &str = "logs put-metric-filter --log-group-name CloudTrail/logs --filter-name Cli --filter-pattern {$.a=b} \
        --metric-transformations metricName=Cli,metricNamespace=CISBenchmark,metricValue=1";
    const ALARM: &str = "cloudwatch put-metric-alarm --alarm-name Cli --metric-name Cli --namespace CISBenchmark \
        --statistic Sum --period 300 --evaluation-periods 1 --threshold 1 \
        --comparison-operator GreaterThanOrEqualToThreshold";
    let (mut seconds, mut cpu) = (0.0, 0.0);
    for command in [FILTER, ALARM].repeat(3) {
        let cost = run(aws, aws_cli(command, aws), None).await?;
        (seconds, cpu) = (seconds + cost.seconds / 6.0, cpu + cost.cpu / 6.0);
    }
    Ok(Cost { seconds, cpu, calls: 1 })
}

/// What a program took.
struct Cost {
    /// By the clock on the wall.
    seconds: f64,
    /// Of the program alone, without the local AWS.
    cpu: f64,
    calls: u64,
}

impl Cost {
    #[allow(clippy::cast_precision_loss)] // hundreds of calls
    fn times(self, calls: u64) -> Self {
        Self { seconds: self.seconds * calls as f64, cpu: self.cpu * calls as f64, calls }
    }
}

/// Runs a program to its end.
async fn run(aws: &LocalAws, mut program: Command, input: Option<&Value>) -> Result<Cost> {
    let (calls, cpu, started) = (aws.calls(), children()?, Instant::now());
    let mut child = program.spawn()?;
    if let (Some(input), Some(mut stdin)) = (input, child.stdin.take()) {
        stdin.write_all(input.to_string().as_bytes()).await?;
    }
    let status = child.wait().await?;
    if !status.success() {
        return Err(format!("{program:?} failed: {status}").into());
    }
    Ok(Cost { seconds: started.elapsed().as_secs_f64(), cpu: children()? - cpu, calls: aws.calls() - calls })
}

/// CPU seconds of all programs that were run so far: cutime and cstime of proc(5), in hundredths.
fn children() -> Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: Vec<f64> = fields.skip(13).take(2).map(str::parse).collect::<std::result::Result<_, _>>()?;
    Ok(ticks.iter().sum::<f64>() / 100.0)
}
