//! The topic for people behind the port.

use std::time::Duration;

use aws_sdk_sns::types::MessageAttributeValue;
use tokio::time::Instant;

use super::call_error;
use crate::port::{CallError, People};

/// What publishing leaves of the time, for saying that it failed.
const FOR_THE_ANSWER: Duration = Duration::from_millis(500);

/// The longest that publishing takes where nobody says how much time is left.
const WITHOUT_DEADLINE: Duration = Duration::from_mins(1);

/// The topic for people behind the port.
#[derive(Debug, Clone)]
pub struct Topic {
    client: aws_sdk_sns::Client,
    arn: Option<String>,
    deadline: Option<Instant>,
}

impl Topic {
    /// The topic that `NOTIFY_TOPIC_ARN` names, if it does.
    pub fn new(client: aws_sdk_sns::Client, arn: Option<String>) -> Self {
        Self { client, arn: arn.filter(|arn| !arn.is_empty()), deadline: None }
    }

    /// The same for one invocation, which has so much time left.
    #[must_use]
    pub fn within(&self, time_left: Duration) -> Self {
        let deadline = Instant::now() + time_left.saturating_sub(FOR_THE_ANSWER);
        Self { deadline: Some(deadline), ..self.clone() }
    }
}

impl People for Topic {
    fn listen(&self) -> bool {
        self.arn.is_some()
    }

    /// Mail and the rest get the text; queues, functions and web hooks the JSON.
    async fn tell(&self, subject: &str, text: &str, json: &serde_json::Value) -> Result<(), CallError> {
        let program = json.to_string();
        let message = serde_json::json!({
            "default": text, "email": text,
            "lambda": program, "sqs": program, "http": program, "https": program,
        });
        let call = self.client.publish().set_topic_arn(self.arn.clone()).subject(subject).message_structure("json");
        // Mail subscriptions take only what says that it is not suppressed.
        let loud = MessageAttributeValue::builder().data_type("String").string_value("false").build();
        let loud = loud.map_err(|error| {
            let code = "InvalidAttribute".to_owned();
            CallError { operation: "Publish", code, message: error.to_string() }
        })?;
        let call = call.message_attributes(yakei_core::notice::SUPPRESSED, loud).message(message.to_string()).send();
        let deadline = self.deadline.unwrap_or_else(|| Instant::now() + WITHOUT_DEADLINE);
        let Ok(answer) = tokio::time::timeout_at(deadline, call).await else {
            let message = "no answer in the time that was left".to_owned();
            return Err(CallError { operation: "Publish", code: "Timeout".to_owned(), message });
        };
        answer.map(drop).map_err(|error| call_error("Publish", &error))
    }
}
