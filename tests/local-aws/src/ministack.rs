//! MiniStack as a child process. However this process ends, MiniStack and the functions it runs end with it, and its work
//! folder goes: a pipe tells them (see
//! `ministack/launch.py`). Beside the launcher stand our alarms and our mail, which take the place of MiniStack's own.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, SystemTime};

use tokio::process::{Child, ChildStdin, Command};
use tokio::time::{Instant, sleep, timeout};

use crate::Options;
use crate::start_error::StartError;
use crate::upstream::Upstream;

const LAUNCHER: &str = "launch.py";
/// The Python that runs: the launcher, and what replaces parts of MiniStack.
const FILES: [(&str, &str); 3] = [
    (LAUNCHER, include_str!("ministack/launch.py")),
    ("alarms.py", include_str!("ministack/alarms.py")),
    ("mail.py", include_str!("ministack/mail.py")),
];
/// The launcher ends with this status when MiniStack or cbor2 is not installed.
const NOT_INSTALLED: i32 = 3;
/// One that dies is seen at once; this is for one that hangs, on a machine that starts twenty of them.
const START_WITHIN: Duration = Duration::from_mins(5);
const STOP_WITHIN: Duration = Duration::from_secs(5);
/// Logs of earlier runs are kept this long.
const KEEP_LOGS: Duration = Duration::from_hours(24);
/// What MiniStack and its functions see of our environment; all else, the user's own AWS settings among it, is kept out.
const INHERITED: [&str; 6] = ["PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "RUST_LOG", "RUST_BACKTRACE"];

/// A running MiniStack.
#[derive(Debug)]
pub(crate) struct MiniStack {
    child: Child,
    /// MiniStack lives as long as this pipe is open. (Not in `child`, whose `wait` would close it.)
    lifeline: Option<ChildStdin>,
    port: u16,
    log: PathBuf,
}

impl MiniStack {
    /// Starts MiniStack. The functions it runs call `endpoint`.
    pub(crate) async fn start(options: &Options, endpoint: SocketAddr) -> Result<Self, StartError> {
        let Options { venv, home, .. } = options;
        let python = venv.join("bin/python");
        if !python.exists() {
            return Err(StartError::NoVenv { venv: venv.to_owned() });
        }
        fs::create_dir_all(home).map_err(|source| StartError::Unusable { path: home.to_owned(), source })?;
        forget_old_logs(home);
        let log = home.join(format!("ministack-{}.log", endpoint.port()));
        let folder = |path: &Path, source| StartError::Unusable { path: path.to_owned(), source };
        let work = home.join(format!("ministack-{}", endpoint.port()));
        fs::create_dir_all(&work).map_err(|e| folder(&work, e))?;
        for (name, text) in FILES {
            fs::write(work.join(name), text).map_err(|e| folder(&work, e))?;
        }
        let out = File::create(&log).map_err(|e| folder(&log, e))?;
        let err = out.try_clone().map_err(|e| folder(&log, e))?;
        // Tells this MiniStack from any other.
        let ours = format!("local-aws-{}-{}", std::process::id(), endpoint.port());
        let mut child = Command::new(&python)
            .arg(work.join(LAUNCHER))
            .arg(&work)
            .env_clear()
            .envs(INHERITED.iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
            .envs([("HOME", &work), ("TMPDIR", &work)])
            .envs([
                ("BIND_HOST", "127.0.0.1"),
                ("AWS_ENDPOINT_URL", &format!("http://{endpoint}")),
                ("AWS_ACCESS_KEY_ID", "test"),
                ("AWS_SECRET_ACCESS_KEY", "test"),
                ("AWS_EC2_METADATA_DISABLED", "true"),
                ("MINISTACK_EDITION", &ours),
                // Listeners that bind fixed ports, and a Docker that is not ours to tidy.
                ("IOT_MTLS_ENABLED", "0"),
                ("SFTP_ENABLED", "0"),
                ("DOCKER_HOST", "unix:///nonexistent"),
                ("TIME", if options.clock { "real" } else { "told" }),
                ("PYTHONUNBUFFERED", "1"),
                ("PYTHONDONTWRITEBYTECODE", "1"),
            ])
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(out)
            .stderr(err)
            .spawn()
            .map_err(|e| folder(&python, e))?;
        let lifeline = child.stdin.take();
        let mut ministack = Self { child, lifeline, port: 0, log };
        ministack.until_ready(&work, &ours).await.inspect_err(|_| {
            let _ = fs::remove_dir_all(&work);
        })?;
        Ok(ministack)
    }

    async fn until_ready(&mut self, work: &Path, ours: &str) -> Result<(), StartError> {
        let started = Instant::now();
        while started.elapsed() < START_WITHIN {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(self.death(status));
            }
            if let Some(port) = fs::read_to_string(work.join("port")).ok().and_then(|it| it.parse().ok()) {
                self.port = port;
                if self.upstream().health().await.is_some_and(|health| health.contains(ours)) {
                    return Ok(());
                }
            }
            sleep(Duration::from_millis(50)).await;
        }
        Err(StartError::Slow { log: self.log.clone(), seconds: START_WITHIN.as_secs() })
    }

    fn death(&self, status: ExitStatus) -> StartError {
        let tail = tail(&self.log);
        if status.code() == Some(NOT_INSTALLED) {
            return StartError::NotInstalled { reason: tail };
        }
        StartError::Died { status, log: self.log.clone(), tail }
    }

    /// How to call it.
    pub(crate) fn upstream(&self) -> Upstream {
        Upstream::new(self.port)
    }

    /// Its log file.
    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    /// Waits until it ends of its own accord, which it should not.
    pub(crate) async fn ended(&mut self) -> StartError {
        match self.child.wait().await {
            Ok(status) => self.death(status),
            Err(source) => StartError::Unusable { path: self.log.clone(), source },
        }
    }

    /// Ends it and the functions it started, and waits until they are gone.
    pub(crate) async fn stop(mut self) {
        drop(self.lifeline.take());
        if timeout(STOP_WITHIN, self.child.wait()).await.is_err() {
            let _ = self.child.kill().await;
        }
    }
}

fn tail(log: &Path) -> String {
    let text = fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines.get(lines.len().saturating_sub(8)..).unwrap_or_default().join("\n")
}

fn forget_old_logs(home: &Path) {
    let Ok(entries) = fs::read_dir(home) else { return };
    for entry in entries.flatten() {
        let old = entry
            .metadata()
            .and_then(|m| m.modified())
            .is_ok_and(|modified| SystemTime::now().duration_since(modified).is_ok_and(|age| age > KEEP_LOGS));
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if old && name.starts_with("ministack-") && name.ends_with(".log") {
            let _ = fs::remove_file(entry.path());
        }
    }
}
