//! Searching: several searches side by side, each to its last page, the newest windows first. The bounds are time and
//! what the caller can hold; a bound or a failure ends a search, never the notice.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::time::{Instant, sleep_until};
use yakei_core::notice::{Bound, Problem};

use crate::patience::{is_over, patiently};
use crate::ports::{LogEvent, Logs, Query};

/// Searches that are under way at once: a large window keeps one place, the others go on.
const AT_ONCE: usize = 5;

/// How a search ended.
#[derive(Debug, Default, PartialEq)]
pub struct Outcome {
    /// Whether there may be more.
    pub cut_off: bool,
    /// What went wrong.
    pub problems: Vec<Problem>,
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

/// How fast, and until when.
#[derive(Debug, Clone, Copy)]
pub struct Bounds<'a> {
    /// The shared rate of searches.
    pub pace: &'a Pace,
    /// Calls a second.
    pub calls_a_second: u32,
    /// When the searches must be over.
    pub deadline: Instant,
}

/// Runs searches in their order, a few at once, and hands each event over with the position of its search. `take` ends
/// all of them by giving the bound that is reached.
pub async fn run(
    logs: &impl Logs,
    region: &str,
    queries: &[Query],
    bounds: Bounds<'_>,
    take: impl FnMut(usize, &LogEvent) -> ControlFlow<Bound>,
) -> Outcome {
    let search = Search { logs, region, bounds, full: Cell::new(false), take: RefCell::new(take) };
    let each = queries.iter().enumerate().map(|(at, query)| search.to_the_last_page(at, query));
    let problems: Vec<_> = futures_util::stream::iter(each).buffer_unordered(AT_ONCE).collect().await;
    let problems: Vec<Problem> = problems.into_iter().flatten().collect();
    Outcome { cut_off: !problems.is_empty() || search.full.get(), problems }
}

struct Search<'a, L, F> {
    logs: &'a L,
    region: &'a str,
    bounds: Bounds<'a>,
    full: Cell<bool>,
    take: RefCell<F>,
}

impl<L: Logs, F: FnMut(usize, &LogEvent) -> ControlFlow<Bound>> Search<'_, L, F> {
    /// Only the absence of a token ends a search: a page without events may still have one.
    async fn to_the_last_page(&self, at: usize, query: &Query) -> Option<Problem> {
        let Bounds { pace, calls_a_second, deadline } = self.bounds;
        let mut token: Option<String> = None;
        let mut pages = 0_usize;
        while !self.full.get() {
            let page = patiently(deadline, "FilterLogEvents", || async {
                pace.turn(calls_a_second).await;
                self.logs.page(self.region, query, token.as_deref()).await
            });
            let page = match page.await {
                Ok(page) => page,
                Err(_) if pages > 0 && is_over(deadline) => {
                    return Some(Problem::Bound(Bound::Time));
                }
                Err(error) => return Some(error.problem(&query.log_group)),
            };
            pages += 1;
            for event in &page.events {
                if let ControlFlow::Break(bound) = (self.take.borrow_mut())(at, event) {
                    return (!self.full.replace(true)).then_some(Problem::Bound(bound));
                }
            }
            match page.next {
                // The same token again would be an endless loop.
                Some(next) if token.as_deref() != Some(next.as_str()) => token = Some(next),
                _ => return None,
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn calls_beyond_the_rate_wait_for_their_turn() {
        let pace = Pace::default();
        let began = Instant::now();
        for _ in 0..3 {
            pace.turn(3).await;
        }
        assert_eq!(began.elapsed(), Duration::ZERO, "three in one second");
        pace.turn(3).await;
        assert!(began.elapsed() >= Duration::from_secs(1), "a fourth has its turn a second later");
    }
}
