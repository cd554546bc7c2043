//! Where the config file is found.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use yakei_core::config::{Config, ConfigErrors, text_of};

/// Why there is no config. The message names the file and, for a file with mistakes, each of them.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file is not there or cannot be read.
    #[error("cannot read the config file {path}: {source} (YAKEI_CONFIG names another; for make, CONFIG=file)")]
    Unreadable {
        /// The path that was tried.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The file has mistakes.
    #[error("the config file {path} has mistakes:\n{errors}")]
    Invalid {
        /// The path that was read.
        path: PathBuf,
        /// Every mistake.
        errors: ConfigErrors,
    },
}

/// Reads `$YAKEI_CONFIG`, else `yakei.toml` beside the binary (in Lambda `$LAMBDA_TASK_ROOT`).
///
/// # Errors
/// [`LoadError`] when the file is missing or has mistakes. The caller decides what still runs without it.
pub fn load() -> Result<Config, LoadError> {
    let config = load_from(&path(|name| std::env::var_os(name)))?;
    for remark in &config.remarks {
        tracing::warn!("the config file, {remark}");
    }
    Ok(config)
}

fn path(env: impl Fn(&str) -> Option<OsString>) -> PathBuf {
    if let Some(path) = env("YAKEI_CONFIG").filter(|p| !p.is_empty()) {
        return path.into();
    }
    let beside = env("LAMBDA_TASK_ROOT").map(PathBuf::from).or_else(|| {
        let exe = std::env::current_exe().ok()?;
        Some(exe.parent()?.to_owned())
    });
    beside.unwrap_or_default().join("yakei.toml")
}

fn load_from(path: &Path) -> Result<Config, LoadError> {
    let text =
        std::fs::read_to_string(path).map_err(|source| LoadError::Unreadable { path: path.to_owned(), source })?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let beside = |name: &str| std::fs::read(folder.join(name)).map_err(|error| error.to_string()).and_then(text_of);
    Config::parse_with(&text, &beside).map_err(|errors| LoadError::Invalid { path: path.to_owned(), errors })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn yakei_config_wins_over_the_task_root() {
        let both = |name: &str| match name {
            "YAKEI_CONFIG" => Some(OsString::from("/etc/yakei.toml")),
            "LAMBDA_TASK_ROOT" => Some(OsString::from("/var/task")),
            _ => None,
        };
        assert_eq!(path(both), PathBuf::from("/etc/yakei.toml"));
        let lambda = |name: &str| (name == "LAMBDA_TASK_ROOT").then(|| OsString::from("/var/task"));
        assert_eq!(path(lambda), PathBuf::from("/var/task/yakei.toml"));
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = load_from(Path::new("/nowhere/yakei.toml")).unwrap_err().to_string();
        assert!(error.contains("/nowhere/yakei.toml") && error.contains("YAKEI_CONFIG"), "{error}");
    }

    #[test]
    fn files_that_the_config_names_stand_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("yakei.toml");
        let config = "schedule = [{ timezone = \"UTC\", windows = [], holiday_files = [\"office.ics\"] }]";
        std::fs::write(&path, config).unwrap();
        let error = load_from(&path).unwrap_err().to_string();
        assert!(error.contains("holiday_files[0]: cannot read office.ics"), "{error}");
        let calendar = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Moving day\r\nDTSTART;VALUE=DATE:20261224\r\n\
                        END:VEVENT\r\nEND:VCALENDAR\r\n";
        std::fs::write(folder.path().join("office.ics"), calendar).unwrap();
        assert!(load_from(&path).is_ok(), "{:?}", load_from(&path).err());
    }

    #[test]
    fn a_broken_file_is_named_with_its_mistakes() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        writeln!(file, "nmae = \"yakei\"").unwrap();
        let error = load_from(file.path()).unwrap_err().to_string();
        assert!(error.contains(&file.path().display().to_string()) && error.contains("nmae"), "{error}");
    }
}
