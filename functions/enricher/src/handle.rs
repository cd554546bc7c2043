//! What to do with an event: one notice a message in each language, and a failure only when a notice cannot be published
//! or nothing could be.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};
use yakei_core::alarm::{Message, Origin};
use yakei_core::arns;
use yakei_core::digest::HandedOver;
use yakei_core::notice::{Language, Notice, Outgoing, Problem, TOLD};
use yakei_host::run::{Failure, Why};

use crate::enrich::Watch;
use crate::event::{Incoming, incoming};
use crate::filters::Known;
use crate::patience::{late, pause};
use crate::ports::{Alarms, Logs, Notices};
use crate::search::Pace;
use crate::settings::{Limits, Settings};

/// How many message ids, each in one language, a warm environment remembers.
const REMEMBERED: usize = 1000;
/// Time before Lambda's end that is kept for answering.
const MARGIN: Duration = Duration::from_secs(1);
/// Most time for reading metric filters in init.
const WARM_UP: Duration = Duration::from_secs(3);

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
    told: RefCell<Ids>,
    /// Notices of which an earlier try to publish did not answer.
    may_have_arrived: RefCell<Ids>,
}

/// An invocation.
#[derive(Debug, Clone, Copy)]
pub struct Invoked<'a> {
    /// When it began.
    pub now: Timestamp,
    /// The time until Lambda ends it.
    pub left: Duration,
    /// The function's ARN; empty at a terminal. Logs of other accounts than its own are not searched.
    pub function_arn: &'a str,
}

/// The time that a message has.
#[derive(Debug, Clone, Copy)]
struct Time {
    now: Timestamp,
    started: Instant,
    search: Instant,
    publish: Instant,
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
        let (known, pace) = (Known::default(), Pace::default());
        let (told, may_have_arrived) = (RefCell::default(), RefCell::default());
        Self { ports, settings, limits, topic, own_region, known, pace, told, may_have_arrived }
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

    /// Reads the metric filters of the trail's log group while init still has a full CPU: at 128 MB an invocation has
    /// 7 % of one, and a TLS handshake in it takes ten times as long. What is read is remembered, so that an alarm
    /// needs no such call of its own.
    ///
    /// The call is one that the function's role permits; a denied one would stand in CloudTrail and could raise
    /// an alarm itself. Whether it succeeds does not matter here.
    pub async fn warm_up(&self) {
        let (Some(region), Some(group)) = (&self.own_region, &self.settings.log_group) else { return };
        if let Err(error) = self.known.read_group(&self.ports, region, group, Instant::now() + WARM_UP).await {
            tracing::warn!(%error, "metric filters were not read at start; going on without");
        }
    }

    /// Handles an event.
    ///
    /// # Errors
    /// `NoNotifyTopic`, `SameTopic` and `InvalidEvent` before anything is done; `PublishFailed` after every
    /// message was tried.
    pub async fn handle(&self, event: &Value, invoked: Invoked<'_>) -> Result<Value, Failure> {
        let messages = self.accept(event)?;
        let own_accounts = self.own_accounts(invoked.function_arn);
        let mut answers = Vec::with_capacity(messages.len());
        let mut failed = Vec::new();
        let end = Instant::now() + invoked.left.saturating_sub((invoked.left / 10).min(MARGIN));
        for (at, message) in messages.iter().enumerate() {
            // What earlier messages left of their time is the later ones'.
            let remaining = u32::try_from(messages.len() - at).unwrap_or(u32::MAX);
            let share = end.saturating_duration_since(Instant::now()) / remaining;
            let (now, started) = (invoked.now, Instant::now());
            let time =
                Time { now, started, search: started + searching_time(share, &self.limits), publish: started + share };
            match self.tell(message, &own_accounts, time).await {
                Ok(answer) => answers.push(answer),
                Err(failure) => failed.push(failure),
            }
        }
        if failed.is_empty() {
            return Ok(json!({ "notices": answers }));
        }
        Err(Failure::new(Why::PublishFailed, failed.join("; ")))
    }

    /// One message to one notice, unless it was told already.
    async fn tell(&self, message: &Incoming, own_accounts: &[String], time: Time) -> Result<Value, String> {
        let handed_over = HandedOver::read(&message.body).map(|it| it.digest);
        let id = handed_over.as_ref().map_or(message.id.as_str(), |it| it.id.as_str());
        if (message.id_given || handed_over.is_some()) && self.is_told(id) {
            tracing::info!(id, "told already; no second notice");
            return Ok(json!({"id": id, "repeated": true}));
        }
        let watch = Watch {
            ports: &self.ports,
            settings: &self.settings,
            limits: &self.limits,
            pace: &self.pace,
            known: &self.known,
            own_accounts,
            now: time.now,
            started: time.started,
            deadline: time.search,
        };
        if let Some(digest) = handed_over {
            let region = message.topic_arn.as_deref().and_then(arns::region).or(self.own_region.as_deref());
            let digest = Box::pin(watch.digest(digest, region)).await;
            let render = |language, _| digest.outgoing(&self.settings.style(None, language));
            self.publish_in_each(&digest.id, true, render, time.publish).await?;
            tracing::info!(id = digest.id, alarms = digest.alarms.len(), "{TOLD}");
            let problems: Vec<_> = digest.problems.iter().map(ToString::to_string).collect();
            return Ok(json!({"id": digest.id, "alarms": digest.alarms.len(), "problems": problems}));
        }
        let mut notice = self.notice(&watch, message).await;
        let control = self.settings.control(notice.alarm.name.as_deref().unwrap_or_default());
        let repeated = Problem::MayBeRepeated(notice.id.clone());
        let render = |language, again: bool| {
            let style = self.settings.style(control, language);
            if !again {
                return notice.outgoing(&style);
            }
            let mut notice = notice.clone();
            notice.remark(&repeated);
            notice.outgoing(&style)
        };
        if self.publish_in_each(id, message.id_given, render, time.publish).await? {
            notice.remark(&repeated);
        }
        log(&notice);
        Ok(answer(&notice))
    }

    /// Whether a message was told in every language.
    fn is_told(&self, id: &str) -> bool {
        let told = self.told.borrow();
        self.settings.languages().into_iter().all(|language| told.contains(&in_language(id, language)))
    }

    /// Publishes once in each language, side by side. In which language it was told is remembered (`id_given`), so that
    /// another try tells it only in the others. Whether an earlier try may have arrived.
    async fn publish_in_each(
        &self,
        id: &str,
        id_given: bool,
        render: impl Fn(Language, bool) -> Outgoing,
        deadline: Instant,
    ) -> Result<bool, String> {
        let render = &render;
        let each = self.settings.languages().into_iter().map(|language| async move {
            let id = &in_language(id, language);
            if id_given && self.told.borrow().contains(id) {
                return Ok(false);
            }
            let again = self.publish(id, |again| render(language, again), deadline).await?;
            if id_given {
                self.told.borrow_mut().add(id);
            }
            Ok(again)
        });
        let answers = join_all(each).await;
        let failed: Vec<&str> =
            answers.iter().filter_map(|it: &Result<bool, String>| it.as_ref().err()).map(String::as_str).collect();
        if failed.is_empty() { Ok(answers.contains(&Ok(true))) } else { Err(failed.join("; ")) }
    }

    /// The accounts that are the function's own: its own, and that of the topic for notices, which is made beside it.
    fn own_accounts(&self, function_arn: &str) -> Vec<String> {
        let arns = [Some(function_arn), self.topic.as_deref()];
        let accounts = arns.into_iter().flatten().filter_map(arns::account);
        accounts.filter(|it| arns::is_account(it)).map(str::to_owned).collect()
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

    async fn notice(&self, watch: &Watch<'_, P>, message: &Incoming) -> Notice {
        let origin = Origin { topic_arn: message.topic_arn.as_deref(), own_region: self.own_region.as_deref() };
        let mut notice = match Message::read(&message.body, origin) {
            Message::Alarm(alarm) => Box::pin(watch.notice(&message.id, &alarm)).await,
            Message::Other(why) => Notice::of_other(&message.id, message.subject.as_deref(), &message.body, why),
        };
        if let Some(problem) = message.problem {
            notice.gap(&Problem::Envelope(problem));
        }
        if let Some(problem) = &self.settings.problem {
            notice.remark(problem);
        }
        notice
    }

    /// Publishes, with one long attempt rather than several short ones: a publish that did not answer may have
    /// arrived, and a second one is a second mail. Only what was refused for now, cut off or answered with an error is
    /// tried again, once a hanging one has had its time, and `render` is told when an earlier try may have arrived; so is
    /// the caller.
    async fn publish(
        &self,
        id: &str,
        mut render: impl FnMut(bool) -> Outgoing,
        deadline: Instant,
    ) -> Result<bool, String> {
        let mut last = late("Publish");
        for tried in 0_u32.. {
            let again = self.may_have_arrived.borrow().contains(id);
            let outgoing = render(again);
            // Two thirds of the time: a publish that hangs leaves enough for another.
            let long = deadline.saturating_duration_since(Instant::now()) * 2 / 3;
            match timeout(long, self.ports.publish(&outgoing)).await {
                Ok(Ok(())) => return Ok(again),
                Ok(Err(error)) => last = error,
                Err(_) => last = late("Publish"),
            }
            if last.fault.may_be_done() && !again {
                self.may_have_arrived.borrow_mut().add(id);
            }
            let pause = pause(tried);
            if !last.fault.passes() || Instant::now() + pause >= deadline {
                break;
            }
            sleep(pause).await;
        }
        tracing::error!(id, error = %last, "the notice was not published");
        Err(last.to_string())
    }
}

fn log(notice: &Notice) {
    tracing::info!(
        id = notice.id,
        alarm = notice.alarm.name,
        state = notice.alarm.state.as_str(),
        expected = notice.expected,
        found = notice.found,
        complete = notice.is_complete(),
        suppressed = notice.is_suppressed(),
        problems = ?notice.problems,
        "{TOLD}"
    );
}

/// A notice in one of its languages.
fn in_language(id: &str, language: Language) -> String {
    format!("{id} in {}", language.code())
}

/// The newest ids of something; older ones are forgotten.
#[derive(Debug, Default)]
struct Ids(VecDeque<String>);

impl Ids {
    fn contains(&self, id: &str) -> bool {
        self.0.iter().any(|it| it == id)
    }

    fn add(&mut self, id: &str) {
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back(id.to_owned());
    }
}

/// A third of the time, at most ten seconds, is kept for publishing.
fn searching_time(left: Duration, limits: &Limits) -> Duration {
    let left = left.min(limits.time);
    left.saturating_sub((left / 3).min(Duration::from_secs(10)))
}

fn answer(notice: &Notice) -> Value {
    json!({
        "id": notice.id,
        "alarm": notice.alarm.name,
        "state": notice.alarm.state,
        "found": notice.found,
        "complete": notice.is_complete(),
        "suppressed": notice.is_suppressed(),
        "problems": notice.problems.iter().map(|it| Language::En.problem(it)).collect::<Vec<_>>(),
    })
}
