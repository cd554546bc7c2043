//! Mail: MiniStack takes e-mail subscriptions and drops what is published to them; the gateway keeps it, so that
//! tests and the demo can read each mail as it would arrive. Only what passes the gateway is seen: the functions'
//! notices do, CloudWatch's own messages inside MiniStack do not.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

/// A mail as SNS would send it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The subscribed address.
    pub to: String,
    /// The topic that it was published to.
    pub topic: String,
    /// The subject, when the publisher gave one.
    pub subject: String,
    /// The text.
    pub body: String,
}

/// Who is subscribed, and what was sent.
#[derive(Debug, Default)]
pub(crate) struct Outbox(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Topic to address to filter policy.
    addresses: BTreeMap<String, BTreeMap<String, Value>>,
    mails: Vec<Mail>,
}

impl Outbox {
    /// Notes a request that SNS accepted, given as the form that the query protocol sends.
    pub(crate) fn note(&self, form: &[u8]) {
        let fields: BTreeMap<_, _> = form_urlencoded::parse(form).into_owned().collect();
        let field = |name: &str| fields.get(name).cloned().unwrap_or_default();
        let topic = field("TopicArn");
        match field("Action").as_str() {
            "Subscribe" if field("Protocol") == "email" => {
                let policy = serde_json::from_str(&field("Attributes.entry.1.value")).unwrap_or_default();
                self.state().addresses.entry(topic).or_default().insert(field("Endpoint"), policy);
            }
            "Publish" => {
                let structured = field("MessageStructure") == "json";
                let body = if structured { for_email(&field("Message")) } else { field("Message") };
                self.send(&topic, &field("Subject"), &body, &attributes(&fields));
            }
            _ => {}
        }
    }

    /// Every mail so far, oldest first.
    pub(crate) fn mails(&self) -> Vec<Mail> {
        self.state().mails.clone()
    }

    /// Forgets everything.
    pub(crate) fn forget(&self) {
        *self.state() = State::default();
    }

    fn send(&self, topic: &str, subject: &str, body: &str, attributes: &BTreeMap<&str, &str>) {
        let mut state = self.state();
        for (to, policy) in state.addresses.get(topic).cloned().unwrap_or_default() {
            if !delivers(&policy, attributes) {
                continue;
            }
            tracing::info!(%to, %subject, "mail");
            state.mails.push(Mail { to, topic: topic.into(), subject: subject.into(), body: body.into() });
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The message attributes of a form: `MessageAttributes.entry.N.Name` and `….Value.StringValue`.
fn attributes(fields: &BTreeMap<String, String>) -> BTreeMap<&str, &str> {
    let names = fields.iter().filter_map(|(key, name)| Some((key.strip_suffix(".Name")?, name.as_str())));
    let value = |entry: &str| fields.get(&format!("{entry}.Value.StringValue")).map_or("", String::as_str);
    names.map(|(entry, name)| (name, value(entry))).collect()
}

/// Whether a filter policy of plain texts lets a message through: each key's attribute is one of its texts.
fn delivers(policy: &Value, attributes: &BTreeMap<&str, &str>) -> bool {
    let allows = |(key, texts): (&String, &Value)| {
        let value = attributes.get(key.as_str());
        texts.as_array().is_some_and(|texts| texts.iter().any(|text| value.is_some_and(|value| text == value)))
    };
    policy.as_object().is_none_or(|policy| policy.iter().all(allows))
}

/// What `MessageStructure=json` holds for e-mail: its own text, else the default one.
fn for_email(message: &str) -> String {
    let texts: Value = serde_json::from_str(message).unwrap_or_default();
    let text = texts.get("email").or_else(|| texts.get("default")).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_policy_keeps_mail_back() {
        let outbox = Outbox::default();
        outbox.note(
            b"Action=Subscribe&TopicArn=t&Protocol=email&Endpoint=a&Attributes.entry.1.key=FilterPolicy\
              &Attributes.entry.1.value=%7B%22suppressed%22%3A%5B%22false%22%5D%7D",
        );
        for suppressed in ["false", "true"] {
            let attribute = "MessageAttributes.entry.1.Name=suppressed&MessageAttributes.entry.1.Value.StringValue=";
            outbox.note(format!("Action=Publish&TopicArn=t&Message={suppressed}&{attribute}{suppressed}").as_bytes());
        }
        outbox.note(b"Action=Publish&TopicArn=t&Message=none");
        let bodies: Vec<_> = outbox.mails().into_iter().map(|mail| mail.body).collect();
        assert_eq!(bodies, ["false"]);
    }

    #[test]
    fn a_mail_goes_to_each_address_of_its_topic() {
        let outbox = Outbox::default();
        outbox.note(b"Action=Subscribe&TopicArn=t&Protocol=email&Endpoint=a%40example.com");
        outbox.note(b"Action=Subscribe&TopicArn=t&Protocol=email&Endpoint=a%40example.com");
        outbox.note(b"Action=Subscribe&TopicArn=t&Protocol=lambda&Endpoint=arn");
        outbox.note(b"Action=Publish&TopicArn=t&Subject=s&Message=plain+text");
        outbox.note(b"Action=Publish&TopicArn=other&Message=x");
        let structured = b"Action=Publish&TopicArn=t&MessageStructure=json&Message=%7B%22default%22%3A%22d%22%2C%22email%22%3A%22e%22%7D";
        outbox.note(structured);
        let bodies: Vec<_> = outbox.mails().into_iter().map(|m| (m.to, m.subject, m.body)).collect();
        let to = || "a@example.com".to_owned();
        assert_eq!(bodies, [(to(), "s".into(), "plain text".into()), (to(), String::new(), "e".into())]);
        outbox.forget();
        assert!(outbox.mails().is_empty());
    }
}
