//! Reads that run behind: after a write a service answers for a while what was before it.
//!
//! What was before is what the same question was answered last; a question that nobody asked before has no other answer than
//! the true one. Answers are counted, not seconds, so that a slow machine sees as many late ones as a fast one.

use std::collections::BTreeMap;
use std::sync::Mutex;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::response::Parts;
use axum::response::Response;

use crate::judge::Call;
use crate::proxy::{BODY_LIMIT, lock};

#[derive(Debug, Default)]
pub(crate) struct Late(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    services: Vec<String>,
    answers: usize,
    /// By service and Region, then by question.
    known: BTreeMap<(String, String), BTreeMap<String, Known>>,
}

/// The last true answer, and how often it is given though it is none any more.
#[derive(Debug)]
struct Known {
    head: Parts,
    body: Bytes,
    left: usize,
    /// Whether it was given since a write. Then one more write makes it last no longer.
    given: bool,
}

fn place(call: &Call) -> (String, String) {
    // Both have one for all Regions.
    let everywhere = ["iam", "s3"].contains(&call.service.as_str());
    (call.service.clone(), if everywhere { String::new() } else { call.region.clone() })
}

fn question(call: &Call) -> String {
    format!("{} {}", call.operation, call.params)
}

impl Late {
    pub(crate) fn set(&self, services: &[&str], answers: usize) {
        let services = services.iter().map(ToString::to_string).collect();
        *lock(&self.0) = State { services, answers, known: BTreeMap::new() };
    }

    /// What the account was before a write, if that is what it still tells.
    pub(crate) fn before(&self, call: &Call) -> Option<Response> {
        let mut state = lock(&self.0);
        if !call.only_asks() {
            return None;
        }
        let known = state.known.get_mut(&place(call))?.get_mut(&question(call))?;
        known.left = known.left.checked_sub(1)?;
        known.given = true;
        Some(Response::from_parts(known.head.clone(), Body::from(known.body.clone())))
    }

    /// Keeps a true answer, or that there was a write.
    pub(crate) async fn keep(&self, call: &Call, answer: Response) -> Result<Response, String> {
        if !call.only_asks() {
            if answer.status().is_success() {
                lock(&self.0).wrote(call);
            }
            return Ok(answer);
        }
        if !lock(&self.0).services.contains(&call.service) {
            return Ok(answer);
        }
        let (head, body) = answer.into_parts();
        let body = to_bytes(body, BODY_LIMIT).await.map_err(|error| error.to_string())?;
        let known = Known { head: head.clone(), body: body.clone(), left: 0, given: false };
        lock(&self.0).known.entry(place(call)).or_default().insert(question(call), known);
        Ok(Response::from_parts(head, Body::from(body)))
    }
}

impl State {
    fn wrote(&mut self, call: &Call) {
        let (answers, (service, region)) = (self.answers, place(call));
        // The index of tags learns of every service.
        for service in [service, "tagging".to_owned()] {
            let known = self.known.get_mut(&(service, region.clone()));
            for known in known.into_iter().flat_map(|all| all.values_mut()).filter(|it| !it.given) {
                known.left = answers;
            }
        }
    }
}
