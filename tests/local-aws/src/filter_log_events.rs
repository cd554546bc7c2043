//! `FilterLogEvents`, read from MiniStack's `GetLogEvents`: each event of the time range is looked at once, in the order
//! of time, stream and arrival, on whatever page it falls.
//!
//! As on AWS a page may be empty and still carry a `nextToken`: after [`QUIET_STRETCH`] events in a row that do not
//! match, and now and then for no reason that the caller can see (every [`EMPTY_EVERY`]th page, beginning with the second).

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};

use axum::http::HeaderMap;
use filter_pattern::Pattern;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::patterns;
use crate::refusal::Refusal;
use crate::upstream::Upstream;

/// A page holds at most so many events,
const PAGE_EVENTS: usize = 10_000;
/// and so many bytes of messages.
const PAGE_BYTES: usize = 1 << 20;
/// So many events without a match end a page.
const QUIET_STRETCH: usize = 1_000;
/// Of the pages that a token asks for, the first and then every fourth is empty.
const EMPTY_EVERY: u32 = 4;
/// Events fetched from a stream at a time.
const BATCH: usize = 1_000;

/// What the caller asks (API reference, `FilterLogEvents`).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Search {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    #[serde(default)]
    log_stream_names: Vec<String>,
    log_stream_name_prefix: Option<String>,
    start_time: Option<i64>,
    end_time: Option<i64>,
    filter_pattern: Option<String>,
    next_token: Option<String>,
    limit: Option<usize>,
}

impl Search {
    fn group(&self) -> Result<&str, Refusal> {
        match (&self.log_group_name, &self.log_group_identifier) {
            (Some(name), None) => Ok(name),
            (None, Some(identifier)) => {
                let name = identifier.split_once(":log-group:").map_or(identifier.as_str(), |(_, name)| name);
                Ok(name.trim_end_matches(":*"))
            }
            (None, None) => Err(Refusal::invalid("logGroupName or logGroupIdentifier must be given")),
            (Some(_), Some(_)) => {
                Err(Refusal::invalid("LogGroup name and LogGroup identifier are mutually exclusive parameters."))
            }
        }
    }

    fn page_size(&self) -> Result<usize, Refusal> {
        match self.limit.unwrap_or(PAGE_EVENTS) {
            0 => Err(limit_refused(0, "greater than or equal to 1")),
            limit if limit > PAGE_EVENTS => Err(limit_refused(limit, "less than or equal to 10000")),
            limit => Ok(limit),
        }
    }

    /// Binds a token to the search that it continues.
    fn fingerprint(&self, group: &str) -> u64 {
        let mut hasher = DefaultHasher::new();
        let streams = (&self.log_stream_names, &self.log_stream_name_prefix);
        (group, streams, self.start_time, self.end_time, &self.filter_pattern).hash(&mut hasher);
        hasher.finish()
    }
}

fn limit_refused(limit: usize, wanted: &str) -> Refusal {
    Refusal::invalid(format_args!(
        "1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: Member must have value {wanted}"
    ))
}

/// Where an event stands: the order in which a search sees events. `nth` counts the events of one stream with one timestamp.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Position {
    timestamp: i64,
    stream: String,
    nth: u64,
}

/// A `nextToken`: the last event that was looked at, and the number of the page that it asks for.
#[derive(Debug, Clone)]
struct Token {
    page: u32,
    after: Position,
}

impl Token {
    fn parse(text: &str, fingerprint: u64) -> Result<Self, Refusal> {
        let read = || {
            let mut parts = text.splitn(5, '/');
            let ours = u64::from_str_radix(parts.next()?, 16).ok()? == fingerprint;
            let page = parts.next()?.parse().ok()?;
            let timestamp = parts.next()?.parse().ok()?;
            let nth = parts.next()?.parse().ok()?;
            let stream = parts.next()?.to_owned();
            ours.then_some(Self { page, after: Position { timestamp, stream, nth } })
        };
        read().ok_or_else(|| Refusal::invalid("The specified nextToken is invalid."))
    }

    fn print(&self, fingerprint: u64) -> String {
        let Position { timestamp, stream, nth } = &self.after;
        format!("{fingerprint:016x}/{}/{timestamp}/{nth}/{stream}", self.page)
    }
}

/// One page of the answer. AWS has not filled `searchedLogStreams` since 2020.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Page {
    events: Vec<Found>,
    searched_log_streams: [(); 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    log_stream_name: String,
    timestamp: i64,
    message: String,
    ingestion_time: i64,
    event_id: String,
}

/// Answers one page.
pub(crate) async fn answer(upstream: &Upstream, caller: &HeaderMap, body: &[u8]) -> Result<Page, Refusal> {
    let search: Search = serde_json::from_slice(body).map_err(Refusal::invalid)?;
    let group = search.group()?;
    let page_size = search.page_size()?;
    let pattern = patterns::parse(search.filter_pattern.as_deref().unwrap_or_default())?;
    let fingerprint = search.fingerprint(group);
    let token = search.next_token.as_deref().map(|text| Token::parse(text, fingerprint)).transpose()?;
    let source = Source { upstream, caller, group };
    let streams = source.streams(&search).await?;

    let page = token.as_ref().map_or(1, |token| token.page);
    let (events, next) = match token {
        Some(token) if page % EMPTY_EVERY == 2 => (Vec::new(), Some(token.after)),
        token => {
            let after = token.map(|token| token.after);
            let events = Merged::new(source, streams, search.start_time, search.end_time, after);
            fill(events, &pattern, page_size).await?
        }
    };
    let next_token = next.map(|after| Token { page: page + 1, after }.print(fingerprint));
    Ok(Page { events, searched_log_streams: [], next_token })
}

/// Fills a page; also says after which event the next page goes on, if there is anything left to look at.
async fn fill(
    mut events: Merged<'_>,
    pattern: &Pattern,
    page_size: usize,
) -> Result<(Vec<Found>, Option<Position>), Refusal> {
    let (mut found, mut bytes, mut quiet) = (Vec::new(), 0, 0);
    let mut last = None;
    while let Some((position, event)) = events.next().await? {
        let matches = pattern.matches(&event.message);
        let too_big = matches && !found.is_empty() && bytes + event.message.len() > PAGE_BYTES;
        if found.len() == page_size || quiet == QUIET_STRETCH || too_big {
            return Ok((found, last));
        }
        if matches {
            quiet = 0;
            bytes += event.message.len();
            found.push(event.found_at(&position));
        } else {
            quiet += 1;
        }
        last = Some(position);
    }
    Ok((found, None))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    timestamp: i64,
    message: String,
    ingestion_time: i64,
}

impl Event {
    /// AWS's `eventId` is a decimal number of 56 digits, too.
    fn found_at(self, position: &Position) -> Found {
        let mut hasher = DefaultHasher::new();
        position.stream.hash(&mut hasher);
        Found {
            log_stream_name: position.stream.clone(),
            timestamp: self.timestamp,
            message: self.message,
            ingestion_time: self.ingestion_time,
            event_id: format!("{:014}{:020}{:022}", self.timestamp.max(0), hasher.finish(), position.nth),
        }
    }
}

/// The log group in MiniStack.
#[derive(Debug, Clone, Copy)]
struct Source<'a> {
    upstream: &'a Upstream,
    caller: &'a HeaderMap,
    group: &'a str,
}

impl Source<'_> {
    /// The names of the streams to search, in order.
    async fn streams(&self, search: &Search) -> Result<Vec<String>, Refusal> {
        if !search.log_stream_names.is_empty() {
            if search.log_stream_name_prefix.is_some() {
                return Err(Refusal::invalid(
                    "LogStreamNames and LogStreamNamePrefix are mutually exclusive parameters.",
                ));
            }
            let mut names = search.log_stream_names.clone();
            names.sort_unstable();
            names.dedup();
            return Ok(names);
        }
        let mut names = Vec::new();
        let mut token = None;
        loop {
            let request = json!({
                "logGroupName": self.group, "logStreamNamePrefix": search.log_stream_name_prefix, "nextToken": token,
            });
            let page: Streams = self.upstream.call(self.caller, "Logs_20140328.DescribeLogStreams", &request).await?;
            names.extend(page.log_streams.into_iter().map(|stream| stream.log_stream_name));
            token = page.next_token;
            if token.is_none() {
                names.sort_unstable();
                return Ok(names);
            }
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Streams {
    log_streams: Vec<StreamName>,
    next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StreamName {
    log_stream_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Events {
    events: VecDeque<Event>,
    next_forward_token: String,
}

/// One stream's events from `start` on, fetched as they are needed.
#[derive(Debug)]
struct Stream {
    name: String,
    fetched: VecDeque<Event>,
    token: Option<String>,
    finished: bool,
    /// Timestamp of the last event taken, and how many with that timestamp were.
    taken: (i64, u64),
}

/// The events of all streams between two times, both inclusive, as one sequence.
#[derive(Debug)]
struct Merged<'a> {
    source: Source<'a>,
    streams: Vec<Stream>,
    start: Option<i64>,
    end: Option<i64>,
    after: Option<Position>,
}

impl<'a> Merged<'a> {
    fn new(
        source: Source<'a>,
        names: Vec<String>,
        start: Option<i64>,
        end: Option<i64>,
        after: Option<Position>,
    ) -> Self {
        let streams = names.into_iter().map(|name| Stream {
            name,
            fetched: VecDeque::new(),
            token: None,
            finished: false,
            taken: (i64::MIN, 0),
        });
        // A page that goes on starts at the timestamp where the last one ended, and skips what that one had.
        let start = after.as_ref().map(|after| after.timestamp).or(start);
        Self { source, streams: streams.collect(), start, end, after }
    }

    async fn next(&mut self) -> Result<Option<(Position, Event)>, Refusal> {
        loop {
            for stream in &mut self.streams {
                stream.refill(self.source, self.start, self.end).await?;
            }
            // Streams are in the order of their names, so the first of the earliest is the next.
            let waiting = self.streams.iter_mut().filter(|stream| !stream.fetched.is_empty());
            let Some(stream) = waiting.min_by_key(|stream| stream.fetched.front().map(|event| event.timestamp)) else {
                return Ok(None);
            };
            if let Some((position, event)) = stream.take()
                && self.after.as_ref().is_none_or(|after| position > *after)
            {
                return Ok(Some((position, event)));
            }
        }
    }
}

impl Stream {
    /// Fetches the next events if there are none left and the stream is not at its end.
    async fn refill(&mut self, source: Source<'_>, start: Option<i64>, end: Option<i64>) -> Result<(), Refusal> {
        if !self.fetched.is_empty() || self.finished {
            return Ok(());
        }
        let request = json!({
            "logGroupName": source.group,
            "logStreamName": self.name,
            "startFromHead": true,
            "limit": BATCH,
            "startTime": start,
            "endTime": end.map(|end| end.saturating_add(1)), // GetLogEvents excludes its end
            "nextToken": self.token,
        });
        let page: Events = source.upstream.call(source.caller, "Logs_20140328.GetLogEvents", &request).await?;
        self.fetched = page.events;
        self.token = Some(page.next_forward_token);
        self.finished = self.fetched.len() < BATCH;
        Ok(())
    }

    fn take(&mut self) -> Option<(Position, Event)> {
        let event = self.fetched.pop_front()?;
        self.taken =
            if self.taken.0 == event.timestamp { (event.timestamp, self.taken.1 + 1) } else { (event.timestamp, 0) };
        Some((Position { timestamp: event.timestamp, stream: self.name.clone(), nth: self.taken.1 }, event))
    }
}
