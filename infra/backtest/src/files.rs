//! Which files there are below a folder, and which of them hold calls.
//!
//! What cannot be looked at is named. A folder that links lead back into is not entered again.

use std::path::{Path, PathBuf};

use walkdir::WalkDir;
use yakei_core::text::clean;

use crate::report::Skipped;

/// What was found below a path.
#[derive(Debug, Default)]
pub struct Found {
    /// The files that may hold records, in the order of their names, with their sizes.
    pub files: Vec<(PathBuf, u64)>,
    /// CloudTrail's Insights files.
    pub insight_files: u64,
    /// CloudTrail's digest files.
    pub digest_files: u64,
    /// What cannot be read, by its path below the one that was named.
    pub skipped: Vec<Skipped>,
}

/// What a path's name says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Insight,
    Digest,
    Other,
}

/// Looks at a file, or at everything below a folder.
pub fn find(root: &Path) -> Found {
    let mut found = Found::default();
    for entry in WalkDir::new(root).follow_links(true).sort_by_file_name() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let why = match (error.loop_ancestor(), error.io_error()) {
                    (Some(_), _) => "is a link that leads back to a folder above it".to_owned(),
                    (None, Some(error)) => unreadable(error),
                    (None, None) => "cannot be read".to_owned(),
                };
                found.skipped.push(skipped(root, error.path().unwrap_or(root), &why, 0));
                continue;
            }
        };
        if entry.file_type().is_dir() {
            continue;
        }
        match kind(entry.path()) {
            _ if !(entry.file_type().is_file() || (entry.depth() == 0 && is_pipe(&entry))) => {
                found.skipped.push(skipped(root, entry.path(), "is no file", 0));
            }
            Kind::Insight => found.insight_files += 1,
            Kind::Digest => found.digest_files += 1,
            Kind::Other => {
                let size = entry.metadata().map_or(0, |it| it.len());
                found.files.push((entry.into_path(), size));
            }
        }
    }
    found
}

/// Whether it gives what another program writes, as `/dev/stdin` may: read when it is named, and not when it lies in a folder.
fn is_pipe(entry: &walkdir::DirEntry) -> bool {
    #[cfg(unix)]
    return std::os::unix::fs::FileTypeExt::is_fifo(&entry.file_type());
    #[cfg(not(unix))]
    return false;
}

/// Why something cannot be read, in the words of the operating system.
pub(crate) fn unreadable(error: &std::io::Error) -> String {
    format!("cannot be read: {error}")
}

/// A line of the report about a file.
pub(crate) fn skipped(root: &Path, path: &Path, why: &str, records: u64) -> Skipped {
    let below = path.strip_prefix(root).ok().filter(|it| !it.as_os_str().is_empty());
    let name = below.unwrap_or_else(|| root.file_name().map_or(root, Path::new));
    Skipped { file: clean(&name.to_string_lossy(), 1000).into_owned(), why: clean(why, 300).into_owned(), records }
}

/// `…/CloudTrail-Insight/…` and `…/CloudTrail-Digest/…`, or their names where the folders are gone:
/// `ACCOUNT_CloudTrail-Insight_REGION_…`.
fn kind(path: &Path) -> Kind {
    let is = |service: &str| {
        let folder = path.parent().is_some_and(|it| it.iter().any(|part| part == service));
        let name = path.file_name().and_then(|it| it.to_str()).unwrap_or_default();
        let of_account = name.split_once('_').is_some_and(|(account, _)| account.bytes().all(|it| it.is_ascii_digit()));
        folder || (of_account && name.split('_').nth(1) == Some(service))
    };
    if is("CloudTrail-Insight") {
        Kind::Insight
    } else if is("CloudTrail-Digest") {
        Kind::Digest
    } else {
        Kind::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn insights_and_digests_are_told_apart_by_folder_and_by_name() {
        let cases = [
            (
                "AWSLogs/111122223333/CloudTrail/us-east-1/2026/10/07/111122223333_CloudTrail_us-east-1_20261007T0000Z_x.json.gz",
                Kind::Other,
            ),
            ("AWSLogs/o-1/111122223333/CloudTrail-Digest/us-east-1/2026/10/07/x.json.gz", Kind::Digest),
            ("AWSLogs/111122223333/CloudTrail-Insight/us-east-1/2026/10/07/x.json.gz", Kind::Insight),
            ("111122223333_CloudTrail-Insight_us-east-1_20261007T0000Z_x.json.gz", Kind::Insight),
            ("111122223333_CloudTrail-Digest_us-east-1_trail_us-east-1_20261007T000000Z.json.gz", Kind::Digest),
            ("my_CloudTrail-Digest_notes.jsonl", Kind::Other),
            ("CloudTrail-Digest", Kind::Other),
        ];
        for (path, expected) in cases {
            assert_eq!(kind(Path::new(path)), expected, "{path}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn loops_and_what_is_no_file_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir(root.join("a")).unwrap();
        std::fs::write(root.join("a/one.json"), "{}").unwrap();
        std::os::unix::fs::symlink(root, root.join("a/back")).unwrap();
        std::os::unix::fs::symlink(root.join("gone"), root.join("a/dangling")).unwrap();
        std::os::unix::net::UnixListener::bind(root.join("a/socket")).unwrap();
        let found = find(root);
        assert_eq!(found.files.iter().map(|it| it.0.clone()).collect::<Vec<_>>(), [root.join("a/one.json")]);
        let named: Vec<_> = found.skipped.iter().map(|it| (it.file.as_str(), it.why.as_str())).collect();
        assert_eq!(named.len(), 3, "{named:?}");
        assert!(named.contains(&("a/back", "is a link that leads back to a folder above it")), "{named:?}");
        assert!(named.contains(&("a/socket", "is no file")), "{named:?}");
        assert!(named.iter().any(|(file, why)| *file == "a/dangling" && why.contains("No such file")), "{named:?}");
        let nowhere = find(&root.join("nowhere"));
        assert_eq!((nowhere.files.len(), nowhere.skipped[0].file.as_str()), (0, "nowhere"));
    }
}
