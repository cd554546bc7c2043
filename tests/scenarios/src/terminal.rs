//! Programs of this checkout at a terminal, with the local AWS as their account.

use std::ffi::OsStr;
use std::process::Stdio;

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{FunctionCode, Runtime};
use local_aws::{LocalAws, REGION};
use tokio::process::Command;

use crate::deploy::checkout;
use crate::trouble::Trouble;

/// The bootstrapper as `make functions` builds it.
pub const BOOTSTRAPPER: &str = "target/lambda/host/bootstrapper/bootstrap";
/// Python with botocore.
pub const PYTHON: &str = ".venv/bin/python";

/// A zip with nothing in it: the functions must be there, nobody invokes them.
const EMPTY_ZIP: &[u8] = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

/// A program, by its path in the checkout, that sees this account and the config of `infra` and nothing else.
pub fn in_account(program: &str, aws: &LocalAws) -> Command {
    command(checkout().join(program), aws)
}

fn command(program: impl AsRef<OsStr>, aws: &LocalAws) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("AWS_ENDPOINT_URL", aws.endpoint())
        .env("YAKEI_CONFIG", checkout().join("infra/yakei.toml"));
    command.envs([("AWS_REGION", REGION), ("AWS_DEFAULT_REGION", REGION), ("AWS_EC2_METADATA_DISABLED", "true")]);
    command.envs([("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test"), ("AWS_DEFAULT_OUTPUT", "json")]);
    // Nothing of what the developer has set up for accounts of their own.
    command.envs([("AWS_CONFIG_FILE", "/dev/null"), ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")]);
    command.stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// Empties the account of everything but a toggler and an enricher.
///
/// # Errors
/// [`Trouble`] when the local AWS does not answer.
pub async fn empty_account(aws: &LocalAws) -> Result<(), Trouble> {
    aws.reset().await.map_err(Trouble::new)?;
    let lambda = aws_sdk_lambda::Client::new(&aws.sdk_config());
    for function in ["yakei-toggler", "yakei-enricher"] {
        let code = FunctionCode::builder().zip_file(Blob::new(EMPTY_ZIP)).build();
        let call = lambda.create_function().function_name(function).runtime(Runtime::Providedal2023).code(code);
        let call = call.handler("bootstrap").role("arn:aws:iam::000000000000:role/local").send().await;
        call.map_err(Trouble::call("making a function"))?;
    }
    Ok(())
}

/// `make` with one target, as a person would run it, on the functions that are built already.
pub fn make(target: &str, aws: &LocalAws) -> Command {
    let mut command = command("make", aws);
    let kept = ["PATH", "HOME", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"];
    command.envs(kept.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    command.args(["--no-print-directory", target, "BUILT=yes", "ARCH=host"]).current_dir(checkout());
    command
}

/// The AWS CLI with these words.
pub fn aws_cli(words: &str, aws: &LocalAws) -> Command {
    let mut command = in_account(".venv/bin/aws", aws);
    command.args(words.split_whitespace()).current_dir(checkout());
    command
}

/// Runs a program to its end and gives what it printed on standard output.
///
/// # Errors
/// [`Trouble`] with all that it said, when it failed.
pub async fn run(mut command: Command) -> Result<String, Trouble> {
    let output = command.output().await.map_err(Trouble::call("running a program"))?;
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.success() {
        return Ok(out.into_owned());
    }
    Err(Trouble::new(format_args!("{:?} failed ({}):\n{out}{err}", command.as_std(), output.status)))
}
