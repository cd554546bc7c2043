//! Tells the scripts of `infra` what they need of a config, by files in a folder:
//!
//! | file | holds |
//! |---|---|
//! | `name` | the prefix of everything, and the stack's name |
//! | `trail`, `log-group` | of a trail that exists already; empty when the config does not name them |
//! | `notice-topic` | the ARN of the topic for people |
//! | `parameters` | the template's parameters, one a line, as `Key=Value` |
//! | `zip/` | the files that travel beside each function |
//!
//! ```sh
//! stack infra/yakei.toml aws 111122223333 eu-west-1 FOLDER
//! ```
//!
//! Exit status 1 and every mistake on standard error when the config cannot be deployed; nothing is written then.

mod read;

use std::path::Path;
use std::process::ExitCode;
use std::{fs, io};

use yakei_core::arns::Place;

use stack::parameters;

use crate::read::Deployable;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [config, partition, account, region, folder] = args.as_slice() else {
        eprintln!("usage: stack CONFIG PARTITION ACCOUNT REGION FOLDER");
        return ExitCode::from(2);
    };
    let place = Place { partition: partition.clone(), account: account.clone(), region: region.clone() };
    let deployable = match read::read(Path::new(config), Some(&place)) {
        Ok(deployable) => deployable,
        Err(refused) => {
            eprintln!("{refused}");
            return ExitCode::FAILURE;
        }
    };
    match write(&deployable, &place, Path::new(folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cannot write into {folder}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write(Deployable { config, files }: &Deployable, place: &Place, folder: &Path) -> io::Result<()> {
    let zip = folder.join("zip");
    for (name, text) in files {
        put(&zip.join(name), text)?;
    }
    let trail = &config.trail;
    put(&folder.join("name"), config.name.as_str())?;
    put(&folder.join("trail"), trail.name.as_deref().unwrap_or_default())?;
    put(&folder.join("log-group"), trail.log_group.as_deref().unwrap_or_default())?;
    put(&folder.join("notice-topic"), &place.topic(&config.notice_topic()))?;
    put(&folder.join("parameters"), &(parameters(config, place).join("\n") + "\n"))
}

fn put(file: &Path, text: &str) -> io::Result<()> {
    file.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::write(file, text)
}
