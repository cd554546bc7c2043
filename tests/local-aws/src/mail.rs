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

/// What SNS posts to a program (developer guide, "HTTP/HTTPS notification JSON format").
#[derive(Debug, Deserialize)]
#[serde(tag = "Type", rename_all_fields = "PascalCase")]
pub(crate) enum Post {
    /// The program shows that it wants to be subscribed by getting this.
    SubscriptionConfirmation {
        /// An address at MiniStack.
        #[serde(rename = "SubscribeURL")]
        subscribe_url: String,
    },
    /// A message.
    Notification {
        /// The topic's ARN.
        topic_arn: String,
        /// What was published.
        message: String,
    },
}

/// What was sent to people.
#[derive(Debug, Default)]
pub(crate) struct Outbox(Mutex<Vec<Mail>>);

/// What was sent to a program: topic and message.
#[derive(Debug, Default)]
pub(crate) struct Inbox(Mutex<Vec<(String, String)>>);

impl Inbox {
    pub(crate) fn keep(&self, topic: String, message: String) {
        self.kept().push((topic, message));
    }

    /// The messages of a topic so far, oldest first.
    pub(crate) fn of(&self, topic: &str) -> Vec<String> {
        self.kept().iter().filter(|(of, _)| of == topic).map(|(_, message)| message.clone()).collect()
    }

    pub(crate) fn forget(&self) {
        self.kept().clear();
    }

    fn kept(&self) -> MutexGuard<'_, Vec<(String, String)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outbox {
    /// Keeps a mail, and tells the log of it: with `make local` that is where a person finds the link to follow.
    pub(crate) fn keep(&self, mail: Mail) {
        if let Some(link) = mail.confirmation() {
            tracing::info!(to = %mail.to, %link, "mail: confirm the subscription");
        } else {
            tracing::info!(to = %mail.to, subject = %mail.subject, "mail");
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
