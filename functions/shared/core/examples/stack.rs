//! What `infra/deploy.sh` needs of a config, written into a folder: `name`, `trail` and `log-group` (empty when not
//! named), `parameters` of the template, one a line, and `zip/`, the files that travel beside each function.
//!
//! ```sh
//! cargo run -p yakei-core --example stack -- infra/yakei.toml aws 111122223333 eu-west-1 FOLDER
//! ```

use std::cell::RefCell;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use yakei_core::arns::Place;
use yakei_core::config::Config;
use yakei_core::controls::Catalogue;
use yakei_core::plan::misplaced;
use yakei_core::stack::parameters;

/// Stands for an account and a Region that are not known yet.
const UNKNOWN: &str = "-";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [config, partition, account, region, folder] = args.as_slice() else {
        eprintln!("usage: stack CONFIG PARTITION ACCOUNT REGION FOLDER");
        return ExitCode::from(2);
    };
    let place = Place { partition: partition.clone(), account: account.clone(), region: region.clone() };
    match write(Path::new(config), &place, Path::new(folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn write(path: &Path, place: &Place, folder: &Path) -> Result<(), String> {
    let text = fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    // What the config asks for while it is read is what it needs beside it.
    let named = RefCell::new(Vec::new());
    let beside = |name: &str| {
        let file = path.parent().unwrap_or(Path::new("")).join(name);
        let text = fs::read_to_string(file).map_err(|error| error.to_string())?;
        named.borrow_mut().push((name.to_owned(), text.clone()));
        Ok(text)
    };
    let config = Config::parse_with(&text, &beside)
        .map_err(|mistakes| format!("the config file {} has mistakes:\n{mistakes}", path.display()))?;
    // What the functions would refuse only once they run.
    let refused = |error: &dyn std::fmt::Display| format!("the config file {}:\n{error}", path.display());
    let controls = Catalogue::with_own(&config.controls).and_then(|catalogue| catalogue.select(&config.controls));
    controls.map_err(|mistakes| refused(&mistakes))?;
    let elsewhere = misplaced(&config, place);
    if !elsewhere.is_empty() && place.account != UNKNOWN {
        return Err(refused(&elsewhere.join("\n")));
    }
    let zip = folder.join("zip");
    let put = |file: &Path, text: &str| {
        let made = file.parent().map_or(Ok(()), fs::create_dir_all);
        made.and_then(|()| fs::write(file, text)).map_err(|error| format!("cannot write {}: {error}", file.display()))
    };
    put(&zip.join("yakei.toml"), &text)?;
    for (name, text) in named.into_inner() {
        put(&zip.join(name), &text)?;
    }
    put(&folder.join("parameters"), &(parameters(&config, place).join("\n") + "\n"))?;
    put(&folder.join("name"), config.name.as_str())?;
    put(&folder.join("trail"), config.trail.name.as_deref().unwrap_or_default())?;
    put(&folder.join("log-group"), config.trail.log_group.as_deref().unwrap_or_default())?;
    put(&folder.join("notice-topic"), &place.topic(&config.notice_topic()))
}
