//! What is asked on the command line.

use std::path::PathBuf;

use measure::Result;

/// What is measured, and where the results go.
#[derive(Debug)]
pub(crate) struct Arguments {
    /// Folder of the built functions and of `bare`.
    pub(crate) functions: PathBuf,
    /// Python with boto3 and awslambdaric; without it that peer is left out, and the report says so.
    pub(crate) python: Option<PathBuf>,
    /// Fewer runs and smaller tables.
    pub(crate) quick: bool,
    /// Where `bench.json` and `bench.md` are written.
    pub(crate) out: PathBuf,
    /// A document that quotes the results, between its marks.
    pub(crate) quote: Option<PathBuf>,
    /// The one table that is measured: `init` (some seconds), `start`, `toggler`, `enricher` or `bootstrapper`; all without it.
    only: Option<String>,
    /// What other programs printed: a title, and the file that has it.
    parts: Vec<(String, PathBuf)>,
}

impl Arguments {
    /// Reads them.
    pub(crate) fn read(mut words: impl Iterator<Item = String>) -> Result<Self> {
        let mut read = Self {
            functions: "target/release".into(),
            python: None,
            quick: false,
            out: "target/bench".into(),
            quote: None,
            only: None,
            parts: Vec::new(),
        };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} wants a value"));
            match word.as_str() {
                "--quick" => read.quick = true,
                "--functions" => read.functions = value()?.into(),
                "--python" => read.python = Some(value()?.into()),
                "--quote" => read.quote = Some(value()?.into()),
                "--only" => read.only = Some(value()?),
                "--out" => read.out = value()?.into(),
                "--part" => {
                    let value = value()?;
                    let (title, file) = value.split_once('=').ok_or("--part wants TITLE=FILE")?;
                    read.parts.push((title.to_owned(), file.into()));
                }
                _ => return Err(format!("{word} is not known").into()),
            }
        }
        Ok(read)
    }

    /// Whether a table is asked for.
    pub(crate) fn wants(&self, table: &str) -> bool {
        self.only.as_deref().is_none_or(|only| only == table)
    }

    /// What other programs printed, by title.
    pub(crate) fn parts(&self) -> Result<Vec<(String, String)>> {
        let read = |(title, file): &(String, PathBuf)| {
            let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
            Ok((title.clone(), text))
        };
        self.parts.iter().map(read).collect()
    }
}
