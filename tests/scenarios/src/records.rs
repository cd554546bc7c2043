//! CloudTrail records from a file of the user's: JSON lines, or a CloudTrail log file (`{"Records":[…]}`),
//! either of them gzipped.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use serde_json::Value;

/// Why no records could be read. The message names the file and the place in it.
#[derive(Debug, thiserror::Error)]
pub enum RecordsError {
    /// The file cannot be read.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// The path that was given.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// There is nothing in it.
    #[error("{0} holds no records: JSON lines or a CloudTrail file with \"Records\" is expected")]
    Empty(PathBuf),
}

/// The records of a file, each as one line of JSON, as CloudTrail delivers them to a log group.
///
/// A line that is no JSON is kept as it is: a log group takes any text, and the watch must bear it.
///
/// # Errors
/// [`RecordsError`] when the file cannot be read or holds nothing.
pub fn read(path: &Path) -> Result<Vec<String>, RecordsError> {
    let unreadable = |source| RecordsError::Unreadable { path: path.to_owned(), source };
    let bytes = std::fs::read(path).map_err(unreadable)?;
    let records = split(&text(bytes).map_err(unreadable)?);
    if records.is_empty() { Err(RecordsError::Empty(path.to_owned())) } else { Ok(records) }
}

fn text(bytes: Vec<u8>) -> std::io::Result<String> {
    let plain = if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut plain = Vec::new();
        MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut plain)?;
        plain
    } else {
        bytes
    };
    Ok(String::from_utf8_lossy(&plain).into_owned())
}

fn split(text: &str) -> Vec<String> {
    let whole: Option<Value> = serde_json::from_str(text).ok();
    if let Some(Value::Array(records)) = whole.as_ref().and_then(|file| file.get("Records")) {
        return records.iter().map(Value::to_string).collect();
    }
    if let Some(Value::Array(records)) = &whole {
        return records.iter().map(Value::to_string).collect();
    }
    if let Some(record @ Value::Object(_)) = &whole {
        return vec![record.to_string()]; // one record, possibly pretty-printed
    }
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn every_form_gives_the_same_records() {
        let lines = "{\"eventName\":\"A\"}\n\n{\"eventName\":\"B\"}\n";
        let file = "{\"Records\": [{\"eventName\": \"A\"},\n {\"eventName\": \"B\"}]}";
        let array = "[{\"eventName\": \"A\"}, {\"eventName\": \"B\"}]";
        let expected = ["{\"eventName\":\"A\"}", "{\"eventName\":\"B\"}"];
        for form in [lines, file, array] {
            assert_eq!(split(form), expected);
            let mut gzipped = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gzipped.write_all(form.as_bytes()).unwrap();
            assert_eq!(split(&text(gzipped.finish().unwrap()).unwrap()), expected);
        }
        assert_eq!(split("{\n  \"eventName\": \"A\"\n}"), ["{\"eventName\":\"A\"}"]);
    }

    #[test]
    fn a_line_that_is_no_json_is_kept() {
        assert_eq!(split("{\"a\":1}\nnot json\n"), ["{\"a\":1}", "not json"]);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let error = read(Path::new("/nowhere/records.jsonl")).unwrap_err().to_string();
        assert!(error.contains("/nowhere/records.jsonl"), "{error}");
        let empty = tempfile::NamedTempFile::new().unwrap();
        assert!(read(empty.path()).unwrap_err().to_string().contains("holds no records"));
    }
}
