//! What to do with an event: one notice a message, and a failure only when a notice cannot be published
//! or nothing could be.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::Instant;
use yakei_core::alarm::{Message, Origin};
use yakei_core::notice::{Notice, TOLD};
use yakei_host::run::{Failure, Why};

use crate::enrich::{Known, Watch};
use crate::event::{Incoming, incoming};
use crate::ports::{Alarms, Logs, Notices};
use crate::search::Pace;
use crate::settings::{Limits, Settings};

/// How many message ids a warm environment remembers.
const REMEMBERED: usize = 500;

/// The function, as long as its environment lives.
#[derive(Debug)]
pub struct Enricher<P> {
    ports: P,
    settings: Settings,
    limits: Limits,
    topic: Option<String>,
    own_region: Option<String>,
    known: Known,
    pace: Pace,
    told: RefCell<VecDeque<String>>,
}

impl<P: Logs + Alarms + Notices> Enricher<P> {
    /// The enricher that tells `topic` (`NOTIFY_TOPIC_ARN`).
    pub fn new(
        ports: P,
        settings: Settings,
        limits: Limits,
        topic: Option<String>,
        own_region: Option<String>,
    ) -> Self {
        let topic = topic.filter(|it| !it.trim().is_empty());
        let (known, pace, told) = (Known::default(), Pace::default(), RefCell::default());
        Self { ports, settings, limits, topic, own_region, known, pace, told }
    }

    /// What the enricher asks, for tests that look at what was asked.
    pub fn ports(&self) -> &P {
        &self.ports
    }

    /// What it is set to.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The ports, taken out.
    pub fn into_ports(self) -> P {
        self.ports
    }

    /// Handles an event. `left` is the time until Lambda ends the invocation.
    ///
    /// # Errors
    /// `NoNotifyTopic`, `SameTopic` and `InvalidEvent` before anything is done; `PublishFailed` after every
    /// message was tried.
    pub async fn handle(&self, event: &Value, now: Timestamp, left: Duration) -> Result<Value, Failure> {
        let messages = self.accept(event)?;
        let mut answers = Vec::with_capacity(messages.len());
        let mut failed = Vec::new();
        let messages_left = u32::try_from(messages.len()).unwrap_or(u32::MAX).max(1);
        let deadline = Instant::now() + searching_time(left / messages_left, &self.limits);
        let share = deadline - Instant::now();
        for message in &messages {
            if message.id_given && self.told.borrow().contains(&message.id) {
                tracing::info!(id = message.id, "told already; no second notice");
                answers.push(json!({"id": message.id, "repeated": true}));
                continue;
            }
            let notice = self.notice(message, now, Instant::now() + share).await;
            match self.publish(&notice).await {
                Ok(()) => {
                    if message.id_given {
                        self.remember(&message.id);
                    }
                    answers.push(answer(&notice));
                }
                Err(failure) => failed.push(failure),
            }
        }
        if failed.is_empty() {
            return Ok(json!({ "notices": answers }));
        }
        Err(Failure::new(Why::PublishFailed, failed.join("; ")))
    }

    /// What must hold before anything is asked of AWS.
    fn accept(&self, event: &Value) -> Result<Vec<Incoming>, Failure> {
        let Some(topic) = self.topic.as_deref() else {
            return Err(Failure::new(Why::NoNotifyTopic, "set NOTIFY_TOPIC_ARN to the ARN of the topic for notices"));
        };
        let Some(messages) = incoming(event) else {
            let mend = "subscribe the function to the topic of the alarms, or give it an alarm's message by hand";
            return Err(Failure::new(
                Why::InvalidEvent,
                format_args!("the event has no Records and no AlarmName; {mend}"),
            ));
        };
        if messages.iter().any(|it| it.topic_arn.as_deref() == Some(topic)) {
            let why = "a notice would come back as an event, for ever; alarms and notices need two topics";
            return Err(Failure::new(
                Why::SameTopic,
                format_args!("the event comes from NOTIFY_TOPIC_ARN itself, {topic}: {why}"),
            ));
        }
        Ok(messages)
    }

    async fn notice(&self, message: &Incoming, now: Timestamp, deadline: Instant) -> Notice {
        let origin = Origin { topic_arn: message.topic_arn.as_deref(), own_region: self.own_region.as_deref() };
        let watch = Watch {
            ports: &self.ports,
            settings: &self.settings,
            limits: &self.limits,
            pace: &self.pace,
            known: &self.known,
            now,
            started: Instant::now(),
            deadline,
        };
        let mut notice = match Message::read(&message.body, origin) {
            Message::Alarm(alarm) => Box::pin(watch.notice(&message.id, &alarm)).await,
            Message::Other(why) => Notice::of_other(&message.id, message.subject.as_deref(), &message.body, why),
        };
        for problem in message.problem.into_iter().chain(self.settings.problem.as_deref()) {
            notice.problem(problem);
        }
        notice
    }

    async fn publish(&self, notice: &Notice) -> Result<(), String> {
        let outgoing = notice
            .outgoing(&self.settings.style(notice.alarm.name.as_deref().and_then(|it| self.settings.control(it))));
        if let Err(error) = self.ports.publish(&outgoing).await {
            tracing::error!(id = notice.id, %error, "the notice was not published");
            return Err(error.to_string());
        }
        tracing::info!(
            id = notice.id,
            alarm = notice.alarm.name,
            state = notice.alarm.state.as_str(),
            expected = notice.expected,
            found = notice.found,
            complete = notice.complete,
            suppressed = notice.suppressed,
            problems = ?notice.problems,
            "{TOLD}"
        );
        Ok(())
    }

    fn remember(&self, id: &str) {
        let mut told = self.told.borrow_mut();
        if told.len() == REMEMBERED {
            told.pop_front();
        }
        told.push_back(id.to_owned());
    }
}

/// A third of the time, at most ten seconds, is kept for publishing.
fn searching_time(left: Duration, limits: &Limits) -> Duration {
    left.saturating_sub((left / 3).min(Duration::from_secs(10))).min(limits.time)
}

fn answer(notice: &Notice) -> Value {
    json!({
        "id": notice.id,
        "alarm": notice.alarm.name,
        "state": notice.alarm.state,
        "found": notice.found,
        "complete": notice.complete,
        "suppressed": notice.suppressed,
        "problems": notice.problems,
    })
}
