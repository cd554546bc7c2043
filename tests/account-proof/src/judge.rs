//! AWS's own models of its services, asked through botocore in a Python process.

use std::path::Path;
use std::process::Stdio;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Mutex;

use crate::words::base64;

/// One call to AWS, as its model reads it.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Call {
    /// The signature's service: `logs`, `monitoring`.
    pub service: String,
    /// `PutMetricFilter`.
    pub operation: String,
    /// `json`, `cbor`, `query`, `rest-json`, `rest-xml`.
    pub protocol: String,
    /// What is asked with.
    pub params: Value,
    /// What the model does not allow.
    pub wrong: Vec<String>,
    /// The Region that it is signed for.
    #[serde(default)]
    pub region: String,
}

impl Call {
    /// A parameter that is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.params.get(name).and_then(Value::as_str)
    }

    /// Whether it changes nothing.
    pub fn only_asks(&self) -> bool {
        ["Get", "List", "Describe", "Head"].iter().any(|verb| self.operation.starts_with(verb))
    }

    /// `logs:PutMetricFilter`.
    pub fn name(&self) -> String {
        format!("{}:{}", self.service, self.operation)
    }
}

/// A request as it came.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) service: &'a str,
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) headers: serde_json::Map<String, Value>,
    pub(crate) body: &'a [u8],
}

/// The Python process; it ends with this.
#[derive(Debug)]
pub struct Judge {
    pipe: Mutex<(ChildStdin, Lines<BufReader<ChildStdout>>)>,
    _child: Child,
}

/// The Python process does not answer.
#[derive(Debug, thiserror::Error)]
#[error("the judge {0}")]
pub struct Silent(String);

impl Judge {
    /// Starts it with the Python of an environment that has botocore and cbor2.
    ///
    /// # Errors
    /// [`Silent`] when it cannot be started.
    pub fn start(python: &Path) -> Result<Self, Silent> {
        let mut child = Command::new(python)
            .args(["-c", include_str!("judge.py")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| Silent(format!("cannot be started: {}: {error}", python.display())))?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Silent("has no pipes".to_owned()));
        };
        Ok(Self { pipe: Mutex::new((stdin, BufReader::new(stdout).lines())), _child: child })
    }

    async fn ask(&self, order: &Value) -> Result<Value, Silent> {
        let failed = |error: std::io::Error| Silent(format!("cannot be asked: {error}"));
        let mut pipe = self.pipe.lock().await;
        pipe.0.write_all(format!("{order}\n").as_bytes()).await.map_err(failed)?;
        let line = pipe.1.next_line().await.map_err(failed)?.ok_or_else(|| Silent("has ended".to_owned()))?;
        serde_json::from_str(&line).map_err(|error| Silent(format!("answers no JSON ({error}): {line}")))
    }

    /// Reads a request by its service's model.
    pub(crate) async fn call(&self, request: Request<'_>) -> Result<Call, Silent> {
        let Request { service, method, path, query, headers, body } = request;
        let body = base64(body);
        let order = json!({ "service": service, "method": method, "path": path, "query": query, "headers": headers, "body": body });
        let answer = self.ask(&order).await?;
        serde_json::from_value(answer).map_err(|error| Silent(format!("answers no call: {error}")))
    }

    /// An answer of AWS with members changed: a path, and the new value (`null` removes).
    pub(crate) async fn alter(&self, protocol: &str, body: &[u8], edits: &[Edit]) -> Result<Vec<u8>, Silent> {
        let edits: Vec<_> = edits.iter().map(|edit| json!([edit.path, edit.value])).collect();
        let order = json!({ "alter": { "protocol": protocol, "body": base64(body), "edits": edits } });
        let answer = self.ask(&order).await?;
        let said = || Silent(format!("cannot alter an answer: {answer}"));
        crate::words::unbase64(answer.get("body").and_then(Value::as_str).ok_or_else(said)?).ok_or_else(said)
    }

    /// A body in CBOR with every ARN in another partition.
    pub(crate) async fn translate(&self, body: &[u8], from: &str, to: &str) -> Result<Vec<u8>, Silent> {
        let order = json!({ "translate": { "body": base64(body), "from": from, "to": to } });
        let answer = self.ask(&order).await?;
        let said = || Silent(format!("cannot translate a body: {answer}"));
        crate::words::unbase64(answer.get("body").and_then(Value::as_str).ok_or_else(said)?).ok_or_else(said)
    }

    /// The page that is asked for by a token of [`Judge::page`]; `None` when this is no such question.
    pub(crate) async fn turn(&self, call: &Call) -> Result<Option<Vec<u8>>, Silent> {
        let order = json!({ "turn": { "service": call.service, "operation": call.operation, "params": call.params } });
        let answer = self.ask(&order).await?;
        Ok(answer.get("body").and_then(Value::as_str).and_then(crate::words::unbase64))
    }

    /// The first page of an answer, and how many items there are in all; `None` for a call that has no pages. With `lose`
    /// nothing tells that there are more.
    pub(crate) async fn page(
        &self,
        call: &Call,
        body: &[u8],
        size: usize,
        lose: bool,
    ) -> Result<Option<(Vec<u8>, u64)>, Silent> {
        let Call { service, operation, protocol, params, .. } = call;
        let order = json!({ "page": { "service": service, "operation": operation, "protocol": protocol,
            "params": params, "body": base64(body), "size": size, "lose": lose } });
        let answer = self.ask(&order).await?;
        let items = answer.get("items").and_then(Value::as_u64);
        let items = items.ok_or_else(|| Silent(format!("cannot cut an answer of {}: {answer}", call.name())))?;
        let body = answer.get("body").and_then(Value::as_str).and_then(crate::words::unbase64);
        Ok(body.map(|body| (body, items)))
    }

    /// The members of a shape, each with its type and a value that nobody would set.
    ///
    /// # Errors
    /// [`Silent`] when there is no such shape.
    pub async fn members(&self, service: &str, shape: &str) -> Result<serde_json::Map<String, Value>, Silent> {
        let answer = self.ask(&json!({ "members": [service, shape] })).await?;
        let members = answer.get("members").and_then(Value::as_object).cloned();
        members.ok_or_else(|| Silent(format!("knows no shape {shape} of {service}: {answer}")))
    }
}

/// One member of an answer, changed.
#[derive(Debug, Clone)]
pub struct Edit {
    /// Where: names of members, numbers of items, `{"find": [member, value]}`; in XML maps `{"entry": key}`. `null` is
    /// the whole answer.
    pub path: Value,
    /// To what; `null` removes.
    pub value: Value,
}
