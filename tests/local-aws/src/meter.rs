//! Counts the calls to AWS, slows them down where asked, and can fall silent in the middle of one.
//!
//! MiniStack's own pages (`/_ministack/…`) are no calls to AWS.

use std::future::pending;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

#[derive(Debug)]
pub(crate) struct Meter {
    /// What a network would add to each call.
    delay: Duration,
    calls: AtomicU64,
    /// The call that is carried out and never answered; what comes after it is not even carried out.
    last: AtomicU64,
    silent: Notify,
}

impl Meter {
    pub(crate) fn new(delay: Duration) -> Self {
        Self { delay, calls: AtomicU64::new(0), last: AtomicU64::new(u64::MAX), silent: Notify::new() }
    }

    /// One call: counted, delayed, carried out by `call`.
    pub(crate) async fn measure<T>(&self, call: impl Future<Output = T>) -> T {
        let number = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        if number > self.last.load(Ordering::SeqCst) {
            return pending().await; // until the caller hangs up
        }
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
        let answer = call.await;
        if number == self.last.load(Ordering::SeqCst) {
            self.silent.notify_one();
            return pending().await;
        }
        answer
    }

    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(Ordering::SeqCst)
    }

    /// Falls silent at the `count`th call from now.
    pub(crate) async fn silence(&self, count: u64) {
        self.last.store(self.calls() + count, Ordering::SeqCst);
        self.silent.notified().await;
    }

    /// Answers again.
    pub(crate) fn answer(&self) {
        self.last.store(u64::MAX, Ordering::SeqCst);
    }
}
