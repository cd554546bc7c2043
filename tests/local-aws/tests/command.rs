//! The `local-aws` command: one line on standard output, and nothing left behind however it ends.

#![allow(clippy::unwrap_used, clippy::panic, reason = "test helpers outside of #[test] functions")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use local_aws::Options;

struct Running {
    child: Child,
    stdout: BufReader<std::process::ChildStdout>,
    line: String,
}

fn start(args: &[&str]) -> Running {
    let mut command = Command::new(env!("CARGO_BIN_EXE_local-aws"));
    let mut child = command.args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    if line.is_empty() {
        let mut error = String::new();
        child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
        child.wait().unwrap();
        panic!("{error}");
    }
    Running { child, stdout, line }
}

/// MiniStack's own port, and its work folder.
fn ministack(gateway: &str) -> (u16, PathBuf) {
    let work = Options::default().home.join(format!("ministack-{gateway}"));
    let port = std::fs::read_to_string(work.join("port")).unwrap();
    (port.parse().unwrap(), work)
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args(["-s", name, &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn one_line_tells_the_endpoint_and_no_signal_leaves_anything_running() {
    for (name, status) in [("TERM", Some(0)), ("INT", Some(0)), ("KILL", None)] {
        let mut running = start(&[]);
        let gateway = running.line.trim_end().strip_prefix("AWS_ENDPOINT_URL=http://127.0.0.1:").unwrap().to_owned();
        let (port, work) = ministack(&gateway);
        assert!(TcpStream::connect(("127.0.0.1", port)).is_ok() && work.is_dir());

        signal(&running.child, name);
        let mut rest = String::new();
        running.stdout.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "", "one line on standard output");
        assert_eq!(running.child.wait().unwrap().code(), status, "{name}");
        let since = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_ok() || work.exists() {
            assert!(since.elapsed() < Duration::from_mins(5), "{name}: MiniStack outlives its parent");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn a_port_in_use_is_said_and_fails() {
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = Command::new(env!("CARGO_BIN_EXE_local-aws")).args(["--port", &port]).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(error.contains(&format!("cannot listen on 127.0.0.1:{port}")), "{error}");
    assert!(output.stdout.is_empty());
}
