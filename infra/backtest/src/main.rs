//! `make backtest LOGS=folder`: what a month's CloudTrail would have set off.
//!
//! ```sh
//! backtest LOGS [--config infra/yakei.toml] [--today infra/yakei.toml] [--out target/backtest]
//! ```
//!
//! The table goes to standard output, `report.html` and `report.json` into the folder. Exit status 0 although files were skipped, 1 when
//! nothing could be read or the config has mistakes, 2 for a wrong command.

mod athena;

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use backtest::evaluate::evaluate;
use backtest::page;
use backtest::read::{Progress, read};
use backtest::report::{Report, Source};
use backtest::table::table;
use backtest::watch::{NoWatch, Watch, Watches};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

const USAGE: &str = "usage: backtest LOGS [--config FILE] [--today FILE] [--out FOLDER]
LOGS is a CloudTrail file or a folder of them: as the bucket holds them, JSON lines, gzip, Zstandard or plain.";

struct Asked {
    what: What,
    logs: PathBuf,
    config: PathBuf,
    today: Option<PathBuf>,
    out: PathBuf,
}

/// What is wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    /// A report of files.
    Files,
    /// What `infra/athena.py` asks, see [`athena`].
    AthenaTrail,
    AthenaSql,
    AthenaReport,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("{0}")]
    Config(#[from] NoWatch),
    #[error("nothing could be read of {}{}", .0.display(), .1)]
    Nothing(PathBuf, String),
    #[error(
        "{} is a bucket, and no folder: make backtest ATHENA=workgroup asks where it is, or aws s3 sync copies it first", .0.display()
    )]
    Bucket(PathBuf),
    #[error("cannot write {}: {}", .0.display(), .1)]
    Write(PathBuf, std::io::Error),
    #[error("{0}")]
    Athena(#[from] athena::NoAnswer),
}

fn main() -> ExitCode {
    let Some(asked) = asked(std::env::args_os().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let told = run(&asked).and_then(|made| match made {
        Made::Text(text) => tell(&text),
        Made::Report(report) => {
            tell(&table(&report))?;
            eprintln!("\n{}", asked.out.join("report.html").display());
            Ok(())
        }
    });
    match told {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("{trouble}");
            ExitCode::FAILURE
        }
    }
}

/// On standard output; who reads no further has read enough.
fn tell(text: &str) -> Result<(), Trouble> {
    match writeln!(std::io::stdout().lock(), "{text}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Trouble::Write("standard output".into(), error))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// A name may be any bytes.
fn asked(mut args: impl Iterator<Item = OsString>) -> Option<Asked> {
    let mut asked = Asked {
        what: What::Files,
        logs: PathBuf::new(),
        config: "infra/yakei.toml".into(),
        today: None,
        out: "target/backtest".into(),
    };
    let mut first = true;
    while let Some(arg) = args.next() {
        match arg.to_str().unwrap_or_default() {
            "--config" => asked.config = args.next()?.into(),
            "--today" => asked.today = Some(args.next()?.into()),
            "--out" => asked.out = args.next()?.into(),
            "athena-trail" if first => asked.what = What::AthenaTrail,
            "athena-sql" if first => asked.what = What::AthenaSql,
            "athena-report" if first => asked.what = What::AthenaReport,
            other if other.starts_with("--") || !asked.logs.as_os_str().is_empty() => return None,
            _ => asked.logs = arg.into(),
        }
        first = false;
    }
    let names_logs = !asked.logs.as_os_str().is_empty();
    let wants_logs = matches!(asked.what, What::Files | What::AthenaReport);
    (names_logs == wants_logs).then_some(asked)
}

/// What a run gives.
enum Made {
    Report(Box<Report>),
    Text(String),
}

fn run(asked: &Asked) -> Result<Made, Trouble> {
    // Compared with itself a config changes nothing.
    let same = |it: &&PathBuf| it.canonicalize().ok() != asked.config.canonicalize().ok();
    let today = asked.today.as_ref().filter(same).map(|it| Watch::read(it)).transpose()?;
    let watches = Watches::new(Watch::read(&asked.config)?, today)?;
    if matches!(asked.what, What::Files | What::AthenaReport) {
        // Known before hours of reading.
        writable(&asked.out).map_err(|error| Trouble::Write(asked.out.clone(), error))?;
    }
    let report = match asked.what {
        What::AthenaTrail => return Ok(Made::Text(athena::trail(&watches.coming)?)),
        What::AthenaSql => return Ok(Made::Text(athena::statements(&watches)?)),
        What::AthenaReport => athena::report(&asked.logs, &watches)?,
        What::Files => of_files(&asked.logs, &watches)?,
    };
    write(&asked.out, &report)?;
    Ok(Made::Report(Box::new(report)))
}

fn of_files(logs: &Path, watches: &Watches) -> Result<Report, Trouble> {
    if logs.starts_with("s3:") {
        return Err(Trouble::Bucket(logs.to_owned()));
    }
    let bar = Bar::new();
    let (tallies, sums) = read(logs, watches, &bar);
    bar.0.finish_and_clear();
    let quiet = sums.quiet;
    let report = evaluate(watches, &tallies, Source::Files, sums);
    // Hours in which nothing happened were read.
    if report.records + report.too_long + quiet == 0 {
        return Err(Trouble::Nothing(logs.to_owned(), reasons(&report)));
    }
    Ok(report)
}

/// Why there are no records, a line each.
fn reasons(report: &Report) -> String {
    let mut why: Vec<String> = report.skipped.iter().take(10).map(|it| format!("{} {}", it.file, it.why)).collect();
    let more = report.skipped.len() - why.len();
    if more > 0 {
        why.push(format!("and {more} more"));
    }
    for (count, kind) in [(report.digest_files, "digest"), (report.insight_files, "Insights")] {
        if count > 0 {
            why.push(format!("{count} {kind} file(s), which hold no records of events"));
        }
    }
    if why.is_empty() {
        why.push("there is no file in it".to_owned());
    }
    format!("\n  {}", why.join("\n  "))
}

/// Whether there can be files in a folder, which is made.
fn writable(out: &Path) -> std::io::Result<()> {
    if out.exists() && !out.is_dir() {
        return Err(std::io::Error::other("it is no folder"));
    }
    std::fs::create_dir_all(out)?;
    let probe = out.join(format!(".report-{}", std::process::id())); // another run's is not ours
    std::fs::File::create(&probe)?;
    std::fs::remove_file(probe)
}

fn write(out: &Path, report: &Report) -> Result<(), Trouble> {
    let json = serde_json::to_string(report).map(|it| it + "\n");
    for (name, text) in [("report.json", json), ("report.html", page::render(report))] {
        let file = out.join(name);
        let text = text.map_err(std::io::Error::other);
        let written = text.and_then(|text| std::fs::write(&file, text));
        written.map_err(|error| Trouble::Write(file, error))?;
    }
    Ok(())
}

/// On standard error, and in a terminal only.
struct Bar(ProgressBar);

impl Bar {
    fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{bar:40} {bytes} of {total_bytes}, {eta} left");
        Self(if let Ok(style) = style { bar.with_style(style) } else { bar })
    }
}

impl Progress for Bar {
    fn total(&self, bytes: u64) {
        self.0.set_length(bytes);
    }

    fn more(&self, bytes: u64) {
        self.0.inc(bytes);
    }
}
