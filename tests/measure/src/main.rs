//! Measures the built functions beside their peers and writes `bench.json` and `bench.md`: ratios and counts that another
//! machine can repeat, with the absolute times of this one beside them.
//!
//! ```text
//! measure --functions target/release [--quick] [--out target/bench] [--python .tools/measure/bin/python] [--only TABLE] [--quote DOCUMENT] [--part TITLE=FILE]…
//! ```
//!
//! `make bench` builds and runs everything; `--part` takes in what other programs printed.

// What goes into a stub or a table is written out in full; a tool may end when something is wrong with it.

mod arguments;
mod growth;
mod machine;
mod report;
mod start;

use std::process::ExitCode;

use measure::Result;

#[tokio::main]
async fn main() -> ExitCode {
    match measured().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn measured() -> Result<()> {
    let arguments = arguments::Arguments::read(std::env::args().skip(1))?;
    let mut report = report::Report::new(machine::describe(), arguments.quick);
    let parts = arguments.parts()?;
    for (title, text) in &parts {
        report.verbatim(title, text)?;
    }
    if arguments.wants("start") || arguments.wants("init") {
        start::measure(&arguments, &mut report).await?;
    }
    growth::measure(&arguments, &mut report).await?;
    report.write(&arguments.out)?;
    if let Some(document) = &arguments.quote {
        report.quote(document)?;
    }
    let broken = report.broken();
    if broken.is_empty() {
        return Ok(());
    }
    Err(format!("over its limit:\n{}", broken.join("\n")).into())
}
