//! SNS: the topic for people.

use aws_sdk_sns::types::MessageAttributeValue;
use yakei_core::notice::Outgoing;

use super::Aws;
use super::failed::failed;
use crate::ports::{CallError, Fault, Notices};

impl Notices for Aws {
    async fn publish(&self, outgoing: &Outgoing) -> Result<(), CallError> {
        const CALL: &str = "Publish";
        let mut call = self.sns.publish().topic_arn(&self.topic).subject(&outgoing.subject).message(&outgoing.message);
        for attribute in &outgoing.attributes {
            let value = MessageAttributeValue::builder().data_type("String").string_value(&attribute.value).build();
            let value = value.map_err(|error| {
                let message = error.to_string();
                CallError { call: CALL, fault: Fault::Other, code: "InvalidAttribute".into(), message }
            })?;
            call = call.message_attributes(attribute.name, value);
        }
        call.message_structure("json").send().await.map_err(|error| failed(CALL, &error))?;
        Ok(())
    }
}
