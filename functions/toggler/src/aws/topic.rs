//! The topic for people, and the alarm topic behind which the enricher listens.

use std::cell::LazyCell;
use std::rc::Rc;
use std::time::Duration;

use aws_sdk_sns::config::interceptors::InterceptorContext;
use aws_sdk_sns::config::retry::{ClassifyRetry, RetryAction};
use aws_sdk_sns::operation::publish::builders::PublishFluentBuilder;
use aws_sdk_sns::types::MessageAttributeValue;
use jiff::tz::TimeZone;
use tokio::time::Instant;
use yakei_core::digest::{Digest, HandedOver};
use yakei_core::notice::{Language, Outgoing, Style};

use super::answer::call_error;
use super::{retries, unlimited};
use crate::ports::{CallError, People};

/// What publishing leaves of the time, for saying that it failed.
const FOR_THE_ANSWER: Duration = Duration::from_millis(500);

/// The longest that publishing takes where nobody says how much time is left.
const WITHOUT_DEADLINE: Duration = Duration::from_mins(1);

/// A client that is as patient as the one for CloudWatch.
pub fn topic_client(sdk: &aws_types::SdkConfig) -> aws_sdk_sns::Client {
    aws_sdk_sns::Client::from_conf(patient(aws_sdk_sns::config::Builder::from(sdk)).build())
}

pub(super) fn patient(builder: aws_sdk_sns::config::Builder) -> aws_sdk_sns::config::Builder {
    builder.retry_config(retries()).retry_partition(unlimited()).retry_classifier(TooManyRequests)
}

/// SNS says `Throttled` with HTTP 429, which no retry of the SDK's knows.
#[derive(Debug)]
struct TooManyRequests;

impl ClassifyRetry for TooManyRequests {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let status = context.response().map(|response| response.status().as_u16());
        if status == Some(429) { RetryAction::throttling_error() } else { RetryAction::NoActionIndicated }
    }

    fn name(&self) -> &'static str {
        "HTTP 429"
    }
}

/// Made when the first digest goes out: most runs tell nothing, and each client reads the SDK's table of partitions anew.
type Client = Rc<LazyCell<aws_sdk_sns::Client, Box<dyn FnOnce() -> aws_sdk_sns::Client>>>;

/// Where digests go.
#[derive(Debug, Clone)]
pub struct Topic {
    client: Client,
    arn: Option<String>,
    /// The alarm topic of the same account and Region.
    alarms: Option<String>,
    deadline: Option<Instant>,
}

impl Topic {
    /// The topic that `NOTIFY_TOPIC_ARN` names, if it does. `client` is asked once, when something is told.
    pub fn new(client: impl FnOnce() -> aws_sdk_sns::Client + 'static, arn: Option<String>) -> Self {
        let client: Client = Rc::new(LazyCell::new(Box::new(client)));
        Self { client, arn: arn.filter(|arn| !arn.is_empty()), alarms: None, deadline: None }
    }

    /// The same for one invocation, which has so much time left. `alarms` is the alarm topic's name.
    #[must_use]
    pub fn within(&self, time_left: Duration, alarms: Option<&str>) -> Self {
        let deadline = Instant::now() + time_left.saturating_sub(FOR_THE_ANSWER);
        let place = self.arn.as_deref().and_then(|arn| arn.rsplit_once(':')).map(|(place, _)| place);
        let alarms = place.zip(alarms).map(|(place, name)| format!("{place}:{name}"));
        Self { deadline: Some(deadline), alarms, ..self.clone() }
    }

    async fn publish(&self, call: PublishFluentBuilder) -> Result<(), CallError> {
        let deadline = self.deadline.unwrap_or_else(|| Instant::now() + WITHOUT_DEADLINE);
        let Ok(answer) = tokio::time::timeout_at(deadline, call.send()).await else {
            let message = "no answer in the time that was left".to_owned();
            return Err(CallError { operation: "Publish", code: "Timeout".to_owned(), message, refused: false });
        };
        answer.map(drop).map_err(|error| call_error("Publish", &error))
    }

    /// SNS documents subjects as UTF-8, and AWS's own services still rewrite theirs to ASCII: one that is refused is sent
    /// again in that form.
    async fn publish_mail(&self, call: PublishFluentBuilder, mail: &Outgoing) -> Result<(), CallError> {
        let call = call.message_structure("json");
        match self.publish(call.clone().subject(&mail.subject)).await {
            Err(error) if INVALID.contains(&error.code.as_str()) && !mail.subject.is_ascii() => {
                tracing::warn!(%error, "SNS refused the message; trying again with a subject in ASCII");
                self.publish(call.subject(&mail.ascii_subject)).await
            }
            other => other,
        }
    }
}

/// SNS's codes for a parameter that it does not take; they do not say which.
const INVALID: [&str; 3] = ["InvalidParameter", "InvalidParameterValue", "ParameterValueInvalid"];

impl People for Topic {
    fn listen(&self) -> bool {
        self.arn.is_some()
    }

    /// Whoever reads the alarm topic's mail gets the text, in English as the alarms' own mail is.
    async fn hand_over(&self, handed: &HandedOver) -> bool {
        let Some(alarms) = &self.alarms else { return false };
        let mail = handed.digest.outgoing(&Style::default());
        let text = handed.digest.text(&TimeZone::UTC, Language::En);
        let message = serde_json::json!({ "default": handed.body(), "email": text }).to_string();
        let call = self.client.publish().topic_arn(alarms).message(message);
        match self.publish_mail(call, &mail).await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(%error, "the enricher could not be asked; the digest goes out without names");
                false
            }
        }
    }

    async fn tell(&self, digest: &Digest, style: &Style<'_>) -> Result<(), CallError> {
        let mail = digest.outgoing(style);
        let mut call = self.client.publish().set_topic_arn(self.arn.clone()).message(&mail.message);
        for attribute in &mail.attributes {
            let value = MessageAttributeValue::builder().data_type("String").string_value(&attribute.value).build();
            let value = value.map_err(|error| CallError {
                operation: "Publish",
                code: "InvalidAttribute".to_owned(),
                message: error.to_string(),
                refused: true,
            })?;
            call = call.message_attributes(attribute.name, value);
        }
        self.publish_mail(call, &mail).await
    }
}
