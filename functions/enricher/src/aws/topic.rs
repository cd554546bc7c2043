//! SNS: the topic for people.

use aws_sdk_sns::config::http::HttpResponse;
use aws_sdk_sns::error::SdkError;
use aws_sdk_sns::operation::publish::PublishError;
use aws_sdk_sns::types::MessageAttributeValue;
use yakei_core::notice::Outgoing;

use super::Aws;
use super::failed::failed;
use crate::ports::{CallError, Fault, Notices};

impl Notices for Aws {
    /// SNS documents subjects as UTF-8, and AWS's own services still rewrite theirs to ASCII: one that is refused is sent
    /// again in that form, so that no subject keeps a notice back.
    async fn publish(&self, outgoing: &Outgoing) -> Result<(), CallError> {
        const CALL: &str = "Publish";
        let mut call = self.sns.publish().topic_arn(&self.topic).message(&outgoing.message);
        for attribute in &outgoing.attributes {
            let value = MessageAttributeValue::builder().data_type("String").string_value(&attribute.value).build();
            let value = value.map_err(|error| {
                let message = error.to_string();
                CallError { call: CALL, fault: Fault::Other, code: "InvalidAttribute".into(), message }
            })?;
            call = call.message_attributes(attribute.name, value);
        }
        let call = call.message_structure("json");
        let published = call.clone().subject(&outgoing.subject).send().await;
        let published = match published {
            Err(error) if is_invalid(&error) && !outgoing.subject.is_ascii() => {
                tracing::warn!(%error, "SNS refused the message; trying again with a subject in ASCII");
                call.subject(&outgoing.ascii_subject).send().await
            }
            other => other,
        };
        published.map_err(|error| failed(CALL, &error))?;
        Ok(())
    }
}

/// SNS names no parameter in its code.
fn is_invalid(error: &SdkError<PublishError, HttpResponse>) -> bool {
    let invalid = |it: &PublishError| it.is_invalid_parameter_exception() || it.is_invalid_parameter_value_exception();
    error.as_service_error().is_some_and(invalid)
}
