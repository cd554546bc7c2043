//! Turns `infra/controls.toml` into JSON when the program is built, so that no start reads TOML for it.

use std::path::PathBuf;
use std::{env, fs};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let catalogue = "../../../infra/controls.toml";
    println!("cargo::rerun-if-changed={catalogue}");
    println!("cargo::rerun-if-changed=build.rs");
    let table: toml::Table = toml::from_str(&fs::read_to_string(catalogue)?)?;
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("no OUT_DIR")?);
    fs::write(out.join("controls.json"), serde_json::to_string(&table)?)?;
    Ok(())
}
