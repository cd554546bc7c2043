//! Trying again: a call that was throttled, cut off or not answered is made anew until the time is over, never a fixed
//! number of times. No attempt takes more than a third of what is left, so that a hanging call leaves time for another.
//!
//! Pauses are random and grow, so that many environments that were throttled together do not come back together.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use crate::ports::{CallError, Fault};

/// The longest first pause; each further one may be twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest of all pauses.
const LONGEST_PAUSE: Duration = Duration::from_secs(4);
/// With less time than this no further attempt is made.
const TOO_LATE: Duration = Duration::from_millis(5);

/// Makes a call until it answers, fails for good, or the time is over. `attempt` makes a fresh call each time.
pub async fn patiently<T, F>(
    deadline: Instant,
    call: &'static str,
    mut attempt: impl FnMut() -> F,
) -> Result<T, CallError>
where
    F: Future<Output = Result<T, CallError>>,
{
    let mut last = late(call);
    for tried in 0_u32.. {
        if is_over(deadline) {
            break;
        }
        let left = deadline.saturating_duration_since(Instant::now());
        match timeout(left / 3, attempt()).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) if !error.fault.passes() => return Err(error),
            Ok(Err(error)) => last = error,
            Err(_) => last = late(call),
        }
        sleep(pause(tried).min(deadline.saturating_duration_since(Instant::now()))).await;
    }
    Err(last)
}

/// Whether so little time is left that nothing more is tried.
pub(crate) fn is_over(deadline: Instant) -> bool {
    deadline.saturating_duration_since(Instant::now()) < TOO_LATE
}

/// A random time up to a bound that doubles with each attempt.
pub(crate) fn pause(tried: u32) -> Duration {
    let bound = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(tried)).min(LONGEST_PAUSE);
    bound.mul_f64(fastrand::f64())
}

/// The time is over.
pub(crate) fn late(call: &'static str) -> CallError {
    CallError {
        call,
        fault: Fault::TimedOut,
        code: "Timeout".into(),
        message: "the time for this alarm is over".into(),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;

    fn error(fault: Fault) -> CallError {
        CallError { call: "Call", fault, code: format!("{fault:?}"), message: String::new() }
    }

    #[tokio::test(start_paused = true)]
    async fn what_passes_is_tried_again_until_the_time_is_over() {
        for fault in [Fault::Throttled, Fault::Unavailable, Fault::CutOff, Fault::TimedOut] {
            let (tried, began) = (Cell::new(0), Instant::now());
            let answer = patiently(began + Duration::from_secs(40), "Call", || {
                tried.set(tried.get() + 1);
                async { if began.elapsed() < Duration::from_secs(35) { Err(error(fault)) } else { Ok(()) } }
            });
            assert_eq!((answer.await, tried.get() > 8), (Ok(()), true), "{fault:?}: {} attempts", tried.get());
        }
        let began = Instant::now();
        let never =
            patiently(began + Duration::from_secs(40), "Call", || async { Err::<(), _>(error(Fault::Throttled)) });
        assert_eq!(never.await.unwrap_err().code, "Throttled");
        assert!(began.elapsed() >= Duration::from_secs(39));
    }

    #[tokio::test]
    async fn what_does_not_pass_fails_at_once() {
        for fault in [Fault::Refused, Fault::NotThere, Fault::Other] {
            let tried = Cell::new(0);
            let answer = patiently(Instant::now() + Duration::from_secs(40), "Call", || {
                tried.set(tried.get() + 1);
                async { Err::<(), _>(error(fault)) }
            });
            assert_eq!((answer.await.unwrap_err().fault, tried.get()), (fault, 1));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_attempt_takes_more_than_a_third_of_what_is_left() {
        let began = Instant::now();
        let deadline = began + Duration::from_secs(30);
        let starts = RefCell::new(Vec::new());
        let hanging = patiently(deadline, "Call", || {
            starts.borrow_mut().push(Instant::now());
            std::future::pending::<Result<(), CallError>>()
        });
        assert_eq!(hanging.await.unwrap_err().code, "Timeout");
        let starts = starts.into_inner();
        assert!(starts.len() >= 5, "{}", starts.len());
        for pair in starts.windows(2) {
            let most = (deadline - pair[0]) / 3 + LONGEST_PAUSE + Duration::from_millis(2);
            assert!(pair[1] - pair[0] <= most);
        }
    }
}
