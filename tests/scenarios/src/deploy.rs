//! `cargo lambda deploy`, as an operations engineer would run it, against the local AWS.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use crate::trouble::Trouble;

/// The checkout that this was built from.
pub fn checkout() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// What is deployed, and how.
#[derive(Debug)]
pub struct Deployment<'a> {
    /// `AWS_ENDPOINT_URL` of the local AWS.
    pub endpoint: &'a str,
    /// Region of the functions.
    pub region: &'a str,
    /// The binary: `toggler`, `enricher` or `bootstrapper`.
    pub binary: &'a str,
    /// The function's name in the account.
    pub function: String,
    /// Folder that holds the `yakei.toml` to travel in the zip.
    pub config_folder: &'a Path,
    /// `NOTIFY_TOPIC_ARN` of the function.
    pub notify_topic: &'a str,
}

impl Deployment<'_> {
    /// Uploads the host build that `make functions` made. A second time it updates.
    ///
    /// # Errors
    /// [`Trouble`] with what cargo-lambda said.
    pub async fn run(&self) -> Result<(), Trouble> {
        let checkout = checkout();
        let built = checkout.join("target/lambda/host").join(self.binary).join("bootstrap");
        if !built.exists() {
            return Err(Trouble::new(format!("{} is missing: run `make functions` first", built.display())));
        }
        // cargo-lambda writes the zip beside the binary, where another deployment from this checkout would find it.
        let ours = self.config_folder.join("lambda");
        let binary = ours.join(self.binary);
        std::fs::create_dir_all(&binary).map_err(Trouble::call("making a folder for the zip"))?;
        std::fs::copy(&built, binary.join("bootstrap")).map_err(Trouble::call("copying the binary"))?;
        let output = Command::new(checkout.join(".venv/bin/cargo-lambda"))
            .args(["lambda", "deploy", &self.function])
            .args(["--binary-name", self.binary, "--endpoint-url", self.endpoint, "--region", self.region])
            .arg("--manifest-path")
            .arg(checkout.join("functions").join(self.binary).join("Cargo.toml"))
            .arg("--lambda-dir")
            .arg(ours)
            .args(["--role", "arn:aws:iam::000000000000:role/local", "--timeout", "60", "--memory", "256"])
            .args(["--env-var", &format!("NOTIFY_TOPIC_ARN={}", self.notify_topic)])
            .args(["--include", "yakei.toml"])
            .current_dir(self.config_folder)
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .stdin(Stdio::null())
            .output()
            .await
            .map_err(|e| {
                Trouble::new(format!("cargo lambda cannot be run: {e} (make it: sh tests/local-aws/venv.sh)"))
            })?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(Trouble::new(format!("cargo lambda deploy {} failed: {}", self.function, said.trim())))
    }
}
