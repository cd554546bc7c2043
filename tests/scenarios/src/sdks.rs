//! The SDKs' own sources, as the functions were compiled from them.
//!
//! Found by `Cargo.lock` where cargo has unpacked them. `cargo metadata` would ask for every crate of every platform, which
//! nobody has fetched on a fresh machine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::deploy::checkout;
use crate::trouble::Trouble;

/// The folder of sources of each SDK that the workspace uses, by service: `cloudwatch` to `…/src`.
///
/// # Errors
/// [`Trouble`] when the lock file or a crate is not there.
pub fn sdks() -> Result<BTreeMap<String, PathBuf>, Trouble> {
    let lock = std::fs::read_to_string(checkout().join("Cargo.lock")).map_err(Trouble::new)?;
    let sdks = lock.split("[[package]]").filter_map(|package| {
        let value = |key: &str| package.lines().find_map(|line| line.strip_prefix(key)?.strip_suffix('"'));
        Some((value("name = \"")?.strip_prefix("aws-sdk-")?, value("version = \"")?))
    });
    sdks.map(|(sdk, version)| Ok((sdk.to_owned(), unpacked(&format!("aws-sdk-{sdk}-{version}"))?.join("src"))))
        .collect()
}

fn unpacked(package: &str) -> Result<PathBuf, Trouble> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.unwrap_or_else(|| Path::new(&std::env::var_os("HOME").unwrap_or_default()).join(".cargo"));
    let registries = std::fs::read_dir(home.join("registry/src")).map_err(Trouble::new)?;
    let found = registries.flatten().map(|registry| registry.path().join(package)).find(|folder| folder.is_dir());
    found.ok_or_else(|| Trouble::new(format!("{package} is not in {}: compile the functions first", home.display())))
}
