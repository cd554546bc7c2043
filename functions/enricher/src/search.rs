//! Searching: several searches side by side, each to its last page, within bounds on pages, events,
//! time and calls a second. A bound or a failure ends a search, never the notice.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::ports::{CallError, LogEvent, Logs, Query};
use crate::settings::Limits;

/// Waits for an answer until the time is over.
pub async fn within<T>(
    deadline: Instant,
    call: &'static str,
    answer: impl Future<Output = Result<T, CallError>>,
) -> Result<T, CallError> {
    let late = |_| CallError { call, code: "Timeout".into(), message: "the time for this alarm is over".into() };
    timeout_at(deadline, answer).await.map_err(late)?
}

/// How a search ended.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Events that were handed over.
    pub events: usize,
    /// Whether there may be more.
    pub cut_off: bool,
    /// What went wrong, in sentences.
    pub problems: Vec<String>,
}

/// Keeps calls below a rate, so that several searches share the quota instead of being throttled.
#[derive(Debug, Default)]
pub struct Pace {
    starts: RefCell<VecDeque<Instant>>,
}

impl Pace {
    /// Returns when the next call may start: at most `calls` in any second.
    pub async fn turn(&self, calls: u32) {
        let calls = usize::try_from(calls).unwrap_or(usize::MAX);
        let now = Instant::now();
        let start = {
            let mut starts = self.starts.borrow_mut();
            while starts.len() > calls {
                starts.pop_front();
            }
            let earliest = if starts.len() < calls { None } else { starts.pop_front() };
            let start = earliest.map_or(now, |it| now.max(it + Duration::from_secs(1)));
            starts.push_back(start);
            start
        };
        if start > now {
            sleep_until(start).await;
        }
    }
}

/// Runs searches side by side and hands each event over with the position of its search.
pub async fn run(
    logs: &impl Logs,
    region: &str,
    queries: &[Query],
    limits: &Limits,
    pace: &Pace,
    deadline: Instant,
    take: impl FnMut(usize, &LogEvent),
) -> Outcome {
    let search = Search {
        logs,
        region,
        limits,
        pace,
        deadline,
        events: Cell::new(0),
        cut_off: Cell::new(false),
        take: RefCell::new(take),
    };
    let problems = join_all(queries.iter().enumerate().map(|(at, query)| search.to_the_last_page(at, query))).await;
    Outcome {
        events: search.events.get(),
        cut_off: search.cut_off.get(),
        problems: problems.into_iter().flatten().collect(),
    }
}

struct Search<'a, L, F> {
    logs: &'a L,
    region: &'a str,
    limits: &'a Limits,
    pace: &'a Pace,
    deadline: Instant,
    events: Cell<usize>,
    cut_off: Cell<bool>,
    take: RefCell<F>,
}

impl<L: Logs, F: FnMut(usize, &LogEvent)> Search<'_, L, F> {
    /// Only the absence of a token ends a search: a page without events may still have one.
    async fn to_the_last_page(&self, at: usize, query: &Query) -> Option<String> {
        let mut token: Option<String> = None;
        for _ in 0..self.limits.pages {
            let page = within(self.deadline, "FilterLogEvents", async {
                self.pace.turn(self.limits.calls_a_second).await;
                self.logs.page(self.region, query, token.as_deref()).await
            });
            let page = match page.await {
                Ok(page) => page,
                Err(error) => {
                    self.cut_off.set(true);
                    return Some(format!("{error}, in log group {}", query.log_group));
                }
            };
            for event in &page.events {
                if self.events.get() >= self.limits.events {
                    return Some(self.stopped(&format!("{} events", self.limits.events)));
                }
                self.events.set(self.events.get() + 1);
                (self.take.borrow_mut())(at, event);
            }
            match page.next {
                // The same token again would be an endless loop.
                Some(next) if token.as_deref() != Some(next.as_str()) => token = Some(next),
                _ => return None,
            }
        }
        Some(self.stopped(&format!("{} pages", self.limits.pages)))
    }

    fn stopped(&self, bound: &str) -> String {
        self.cut_off.set(true);
        format!("the search stopped at its bound of {bound}; there may be more")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn calls_beyond_the_rate_wait_for_their_turn() {
        let pace = Pace::default();
        let soon = Duration::from_millis(50);
        for _ in 0..3 {
            tokio::time::timeout(soon, pace.turn(3)).await.unwrap();
        }
        assert!(tokio::time::timeout(soon, pace.turn(3)).await.is_err(), "a fourth in the same second");
        let starts = pace.starts.borrow().clone();
        assert_eq!(starts.len(), 3);
        assert!(
            *starts.back().unwrap() >= starts[0] + Duration::from_millis(900),
            "the fourth has its turn a second later"
        );
    }
}
