//! The topic for people behind the port.

use super::call_error;
use crate::port::{CallError, People};

/// The topic for people behind the port.
#[derive(Debug)]
pub struct Topic {
    client: aws_sdk_sns::Client,
    arn: Option<String>,
}

impl Topic {
    /// The topic that `NOTIFY_TOPIC_ARN` names, if it does.
    pub fn new(client: aws_sdk_sns::Client, arn: Option<String>) -> Self {
        Self { client, arn: arn.filter(|arn| !arn.is_empty()) }
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
        call.message(message.to_string()).send().await.map(drop).map_err(|error| call_error("Publish", &error))
    }
}
