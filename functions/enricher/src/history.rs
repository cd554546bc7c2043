//! Looking back: whether whoever acted came from this address before, by the log in which the act was found. It never keeps
//! a notice longer than its own few seconds, and what could not be read is not spoken of.
//!
//! The trail's log is asked, not CloudTrail's event history: a history knows one Region and one account, while sign-ins are
//! recorded in several Regions; the log has them all, members of an organization too, and may be read already. No call is
//! made twice: a quota that is used up is left to those who search for what an alarm counted.

use futures_util::future::{join, join_all};
use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, timeout_at};
use yakei_core::activity::Group;
use yakei_core::alarm::Span;
use yakei_core::digest::Digest;
use yakei_core::history::{DAYS, Past, Reach, Subject, subjects};
use yakei_core::notice::Notice;

use crate::enrich::Watch;
use crate::plan::Plan;
use crate::ports::{Alarms, CallError, Logs, Page, Query};

/// Of how many identities a notice looks back.
const SUBJECTS: usize = 3;
/// How many lines of one identity are read at most, and how many kinds of acts are kept of them.
const LINES: usize = 20_000;
const KINDS: usize = 1_000;

impl<P: Logs + Alarms> Watch<'_, P> {
    /// Says of the first entries whether they are new or usual, as far as that is found out in time.
    pub(crate) async fn look_back(&self, notice: &mut Notice, region: &str, plan: &Plan) {
        let subjects = notice.subjects(SUBJECTS);
        let Some(log_group) = only_group(plan) else { return };
        let deadline = self.look_back_until();
        self.read_past(&mut notice.activity, subjects, region, log_group, deadline).await;
    }

    /// The same of a digest: of the first people of all its alarms, in the time of one notice.
    pub(crate) async fn look_back_on_digest(&self, digest: &mut Digest, region: &str, groups: &[Option<String>]) {
        let deadline = self.look_back_until();
        let mut room = SUBJECTS;
        for (missed, log_group) in digest.alarms.iter_mut().zip(groups) {
            let Some(log_group) = log_group.as_deref().filter(|_| room > 0 && missed.is_attributed()) else { continue };
            let subjects = subjects(&missed.activity, room);
            room -= subjects.len();
            self.read_past(&mut missed.activity, subjects, region, log_group, deadline).await;
            missed.new_people_first();
        }
    }

    fn look_back_until(&self) -> Instant {
        self.deadline.min(Instant::now() + self.limits.look_back)
    }

    async fn read_past(
        &self,
        activity: &mut [Group],
        subjects: Vec<(Subject, Timestamp, Vec<usize>)>,
        region: &str,
        log_group: &str,
        deadline: Instant,
    ) {
        if !self.settings.history || subjects.is_empty() {
            return;
        }
        let earliest = subjects.iter().map(|(_, before, _)| *before).min().unwrap_or(self.now);
        let Ok(from) = earliest.checked_sub(SignedDuration::from_hours(24 * DAYS)) else { return };
        // What was before may have been logged after.
        let window = Span { from, to: self.now.max(earliest) };
        let each = subjects.into_iter().map(|(subject, before, entries)| async move {
            let query = Query { log_group: log_group.to_owned(), pattern: subject.pattern(), window };
            let mut past = Past::new(subject, before);
            let whole = self.read(region, &query, deadline, &mut past).await;
            (past, whole, entries)
        });
        let (oldest, pasts) = join(self.oldest(region, log_group, window, deadline), join_all(each)).await;
        for (past, whole, entries) in pasts {
            let reach = match oldest {
                Some(oldest) if whole => Reach::Whole { oldest },
                _ => Reach::CutOff,
            };
            for at in entries {
                if let Some(group) = activity.get_mut(at) {
                    past.tell(group, reach, &self.settings.known);
                }
            }
        }
    }

    /// Reads the past; whether to its end.
    async fn read(&self, region: &str, query: &Query, deadline: Instant, past: &mut Past) -> bool {
        let mut token: Option<String> = None;
        let mut lines = 0;
        loop {
            let Some(page) = self.once(deadline, self.ports.page(region, query, token.as_deref())).await else {
                return false;
            };
            lines += page.events.len();
            for event in &page.events {
                past.add(&event.message, &event.id, event.logged_at);
            }
            match page.next {
                Some(next) if token.as_deref() != Some(next.as_str()) => token = Some(next),
                _ => return true,
            }
            if lines >= LINES || past.kinds() >= KINDS {
                return false;
            }
        }
    }

    /// When the log's oldest event of a window was logged: how far back it reaches at all.
    async fn oldest(&self, region: &str, log_group: &str, of: Span, deadline: Instant) -> Option<Timestamp> {
        let mut token: Option<String> = None;
        loop {
            let page = self.once(deadline, self.ports.oldest(region, log_group, of, token.as_deref())).await?;
            if let Some(oldest) = page.events.iter().map(|it| it.logged_at).min() {
                return Some(oldest);
            }
            match page.next {
                Some(next) if token.as_deref() != Some(next.as_str()) => token = Some(next),
                _ => return None,
            }
        }
    }

    /// A call's page, when it comes in time.
    async fn once(&self, deadline: Instant, call: impl Future<Output = Result<Page, CallError>>) -> Option<Page> {
        let in_turn = async {
            self.pace.turn(self.limits.calls_a_second).await;
            call.await
        };
        match timeout_at(deadline, in_turn).await {
            Ok(Ok(page)) => Some(page),
            Ok(Err(error)) => {
                tracing::info!(%error, "the past was not read");
                None
            }
            Err(_) => None,
        }
    }
}

/// The log group of all that was searched; none where there are several, of which each has a part of the past.
pub(crate) fn only_group(plan: &Plan) -> Option<&str> {
    let (first, others) = plan.sources.split_first()?;
    others.iter().all(|it| it.log_group == first.log_group).then_some(first.log_group.as_str())
}
