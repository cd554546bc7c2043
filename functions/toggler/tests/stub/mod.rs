//! A CloudWatch that counts: enough of rpc-v2-cbor over HTTP for the toggler's calls, with AWS's troubles on demand.

pub(crate) mod cbor;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

/// What the stub does with a call instead of answering it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    Throttle,
    CutOff,
    Deny,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    /// Whether each alarm's actions are enabled.
    pub(crate) alarms: BTreeMap<String, bool>,
    /// The operations that were called and answered well.
    pub(crate) answered: Vec<String>,
    /// How many calls of an operation have trouble.
    pub(crate) troubles: Vec<(&'static str, Trouble, usize)>,
}

pub(crate) struct Stub {
    pub(crate) url: String,
    pub(crate) state: Arc<Mutex<State>>,
}

impl Stub {
    pub(crate) fn start(alarms: impl IntoIterator<Item = (String, bool)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State { alarms: alarms.into_iter().collect(), ..State::default() }));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let state = Arc::clone(&shared);
                std::thread::spawn(move || serve(&stream.unwrap(), &state));
            }
        });
        Self { url, state }
    }

    pub(crate) fn trouble(&self, operation: &'static str, trouble: Trouble, times: usize) {
        self.state.lock().unwrap().troubles.push((operation, trouble, times));
    }

    /// How often each operation was answered well, since the last time this was asked.
    pub(crate) fn answered(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for operation in self.state.lock().unwrap().answered.drain(..) {
            *counts.entry(operation).or_default() += 1;
        }
        counts
    }

    pub(crate) fn armed(&self) -> usize {
        self.state.lock().unwrap().alarms.values().filter(|enabled| **enabled).count()
    }
}

fn serve(stream: &TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream);
    let mut path = String::new();
    if reader.read_line(&mut path).unwrap_or(0) == 0 {
        return;
    }
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        if header.trim().is_empty() {
            break;
        }
        if let Some(value) = header.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let operation = path.split_whitespace().nth(1).unwrap().rsplit('/').next().unwrap().to_owned();
    let mut state = state.lock().unwrap();
    let trouble = state.troubles.iter_mut().find(|(name, _, left)| *name == operation && *left > 0).map(|trouble| {
        trouble.2 -= 1;
        trouble.1
    });
    let error =
        |code: &str| json!({"__type": format!("com.amazonaws.cloudwatch#{code}"), "message": "as the test wants it"});
    let (status, answer) = match trouble {
        Some(Trouble::CutOff) => return,
        Some(Trouble::Throttle) => (400, error("Throttling")),
        Some(Trouble::Deny) => (403, error("AccessDenied")),
        None => (200, answer(&mut state, &operation, &cbor::decode(&body))),
    };
    respond(stream, status, &answer);
}

fn respond(mut stream: &TcpStream, status: u16, answer: &Value) {
    let mut body = Vec::new();
    cbor::encode(answer, &mut body);
    let head = format!(
        "HTTP/1.1 {status} X\r\nsmithy-protocol: rpc-v2-cbor\r\ncontent-type: application/cbor\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
}

fn answer(state: &mut State, operation: &str, request: &Value) -> Value {
    state.answered.push(operation.to_owned());
    let names: Vec<String> = serde_json::from_value(request["AlarmNames"].clone()).unwrap_or_default();
    assert!(names.len() <= 100, "{operation} takes at most 100 names");
    match operation {
        "DescribeAlarms" => describe(state, &names, request),
        "EnableAlarmActions" | "DisableAlarmActions" => {
            for name in names {
                state.alarms.entry(name).and_modify(|enabled| *enabled = operation == "EnableAlarmActions");
            }
            json!({})
        }
        other => panic!("{other} is not expected"),
    }
}

fn describe(state: &State, names: &[String], request: &Value) -> Value {
    let prefix = request["AlarmNamePrefix"].as_str().unwrap_or_default();
    let skip: usize = request["NextToken"].as_str().map_or(0, |token| token.parse().unwrap());
    let wanted = |name: &String| name.starts_with(prefix) && (names.is_empty() || names.contains(name));
    let all: Vec<_> = state.alarms.iter().filter(|(name, _)| wanted(name)).collect();
    let page = all.iter().skip(skip).take(100);
    let page: Vec<Value> = page.map(|(name, enabled)| json!({"AlarmName": name, "ActionsEnabled": enabled})).collect();
    let mut answer = json!({"MetricAlarms": page});
    if all.len() > skip + 100 {
        answer["NextToken"] = json!((skip + 100).to_string());
    }
    answer
}
