//! A config is deployed whole or not at all: it loads, its controls exist, what it names lies in this account, and every
//! file that it asks for travels with it.

use std::cell::RefCell;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::{fs, io};

use yakei_core::arns::Place;
use yakei_core::config::{Config, text_of};
use yakei_core::controls::Catalogue;
use yakei_core::plan::misplaced;

/// A config that can be deployed.
#[derive(Debug)]
pub(crate) struct Deployable {
    pub(crate) config: Config,
    /// The files of a zip, by their name in it: `yakei.toml` first, then what it names.
    pub(crate) files: Vec<(String, String)>,
}

/// Why a config is not deployed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    #[error("cannot read {}: {}", .0.display(), .1)]
    Unreadable(PathBuf, io::Error),
    /// The message has a line for each mistake.
    #[error("the config file {} has mistakes:\n{}", .0.display(), .1)]
    Mistaken(PathBuf, String),
}

/// Reads a config as the functions will, and tells what they would refuse only once they run. Without a place nothing is
/// said of topics and keys that lie elsewhere.
///
/// # Errors
/// [`Refused`], with all mistakes at once.
pub(crate) fn read(path: &Path, place: Option<&Place>) -> Result<Deployable, Refused> {
    let mistaken = |error: &dyn Display| Refused::Mistaken(path.to_owned(), error.to_string());
    let text = fs::read_to_string(path).map_err(|error| Refused::Unreadable(path.to_owned(), error))?;
    let files = RefCell::new(vec![("yakei.toml".to_owned(), text.clone())]);
    let folder = path.parent().unwrap_or(Path::new(""));
    // What the config asks for while it is read is what it needs beside it.
    let beside = |name: &str| {
        let text = fs::read(folder.join(name)).map_err(|error| error.to_string()).and_then(text_of)?;
        files.borrow_mut().push((name.to_owned(), text.clone()));
        Ok(text)
    };
    let config = Config::parse_with(&text, &beside).map_err(|mistakes| mistaken(&mistakes))?;
    let controls = Catalogue::with_own(&config.controls).and_then(|catalogue| catalogue.select(&config.controls));
    controls.map_err(|mistakes| mistaken(&mistakes))?;
    let elsewhere = place.map(|place| misplaced(&config, place, None)).unwrap_or_default();
    if !elsewhere.is_empty() {
        let told: Vec<String> =
            elsewhere.iter().filter_map(|it| it.problem.as_ref()).map(ToString::to_string).collect();
        return Err(mistaken(&told.join("\n")));
    }
    Ok(Deployable { config, files: files.into_inner() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFICE: &str = "[[schedule]]\ntimezone = \"Asia/Tokyo\"\nwindows = []\n";

    fn told(text: &str) -> Result<Deployable, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("as you like.toml");
        fs::write(&path, text).unwrap();
        let place = Place { partition: "aws".into(), account: "111122223333".into(), region: "eu-west-1".into() };
        read(&path, Some(&place)).map_err(|refused| refused.to_string())
    }

    #[test]
    fn whatever_its_name_it_travels_as_yakei_toml() {
        let names: Vec<String> = told(OFFICE).unwrap().files.into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["yakei.toml"]);
    }

    #[test]
    fn what_a_function_would_refuse_is_refused_before_anything_is_touched() {
        for (more, said) in [
            ("holiday_files = [\"office.ics\"]\n", "office.ics"),
            ("[controls]\nskip = [\"NoSuchControl\"]\n", "NoSuchControl"),
            ("[notify]\ntopic = \"arn:aws:sns:us-east-1:111122223333:people\"\n", "us-east-1"),
            ("[notfiy]\n", "notfiy"),
        ] {
            let refused = told(&format!("{OFFICE}{more}")).unwrap_err();
            assert!(refused.contains("as you like.toml has mistakes:\n") && refused.contains(said), "{refused}");
        }
    }
}
