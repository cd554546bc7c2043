//! Mail: what SNS sends to e-mail addresses, the requests for confirmation included. MiniStack's side (`ministack/mail.py`)
//! hands each over as it is sent; here it is kept, so that tests and the demo can read it as it would arrive.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Deserialize;

/// A mail as SNS would send it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Mail {
    /// The subscribed address.
    pub to: String,
    /// The topic that it was published to.
    pub topic: String,
    /// The subject; SNS has one of its own when the publisher gave none.
    pub subject: String,
    /// The text.
    pub body: String,
}

impl Mail {
    /// The link that confirms the subscription, when this mail asks for that.
    pub fn confirmation(&self) -> Option<&str> {
        self.body.lines().find(|line| line.starts_with("http") && line.contains("Action=ConfirmSubscription"))
    }
}

/// What was sent.
#[derive(Debug, Default)]
pub(crate) struct Outbox(Mutex<Vec<Mail>>);

impl Outbox {
    /// Keeps a mail, and tells the log of it: with `make local` that is where a person finds the link to follow.
    pub(crate) fn keep(&self, mail: Mail) {
        match mail.confirmation() {
            Some(link) => tracing::info!(to = %mail.to, %link, "mail: confirm the subscription"),
            None => tracing::info!(to = %mail.to, subject = %mail.subject, "mail"),
        }
        self.kept().push(mail);
    }

    /// Every mail so far, oldest first.
    pub(crate) fn mails(&self) -> Vec<Mail> {
        self.kept().clone()
    }

    /// Forgets everything.
    pub(crate) fn forget(&self) {
        self.kept().clear();
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Mail>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
