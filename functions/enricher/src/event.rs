//! The event: what SNS hands to Lambda, read tolerantly, because no alarm may be lost to an envelope.

use aws_lambda_events::sns::{SnsMessage, SnsRecord};
use serde::Deserialize as _;
use serde_json::Value;
use siphasher::sip128::SipHasher13;
use yakei_core::digest::HANDED_OVER;
use yakei_core::notice::Envelope;

/// One message of an SNS event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// The SNS message id, the same for every delivery; made from the body when SNS gives none.
    pub id: String,
    /// Whether SNS gave the id. A made one does not tell a second delivery from a second message of the same text.
    pub id_given: bool,
    /// The topic that it came through.
    pub topic_arn: Option<String>,
    /// Its subject.
    pub subject: Option<String>,
    /// Its body; empty when there is none.
    pub body: String,
    /// What is wrong with the envelope.
    pub problem: Option<Envelope>,
}

/// The messages of an event: those of `Records`, from SNS or from a queue behind it, or the alarm that the event itself
/// is, as CloudWatch sends it to a function and people by hand. `None` when it is neither.
pub fn incoming(event: &Value) -> Option<Vec<Incoming>> {
    if let Some(records) = event.get("Records").and_then(Value::as_array).filter(|it| !it.is_empty()) {
        return Some(records.iter().map(of_record).collect());
    }
    let by_cloudwatch = event.get("alarmData").or_else(|| event.get("detail")?.get("alarmName")).is_some();
    if !by_cloudwatch && event.get("AlarmName").is_none() && event.get("schema").is_none_or(|it| it != HANDED_OVER) {
        return None;
    }
    let body = event.to_string();
    // CloudWatch's event says its instant to the millisecond: the same text is the same change, delivered again.
    let id = event.get("id").and_then(Value::as_str).filter(|it| by_cloudwatch && !it.is_empty());
    let id = id.map_or_else(|| made_id(&body), str::to_owned);
    Some(vec![Incoming { id, id_given: by_cloudwatch, topic_arn: None, subject: None, body, problem: None }])
}

/// A record as `aws_lambda_events` reads it, else as far as it can be read.
fn of_record(record: &Value) -> Incoming {
    if let Some(body) = record.get("body").and_then(Value::as_str).filter(|_| record.get("Sns").is_none()) {
        return of_queue(record, body);
    }
    SnsRecord::deserialize(record).map_or_else(|_| tolerant(record), |record| of_message(record.sns))
}

fn of_message(sns: SnsMessage) -> Incoming {
    let SnsMessage { message_id, topic_arn, subject, message: body, .. } = sns;
    let said = |text: &String| !text.trim().is_empty();
    let id = Some(message_id).filter(said);
    Incoming {
        id_given: id.is_some(),
        id: id.unwrap_or_else(|| made_id(&body)),
        topic_arn: Some(topic_arn).filter(said),
        subject: subject.filter(said),
        body,
        problem: None,
    }
}

/// A queue's record has SNS's notification as its body, or with raw delivery the message itself.
fn of_queue(record: &Value, body: &str) -> Incoming {
    let text = |object: &Value, key: &str| {
        object.get(key).and_then(Value::as_str).filter(|it| !it.trim().is_empty()).map(str::to_owned)
    };
    let notification =
        serde_json::from_str::<Value>(body).ok().filter(|it| it.get("Message").is_some_and(Value::is_string));
    let (id, topic_arn, subject, inside) = match &notification {
        Some(it) => (text(it, "MessageId"), text(it, "TopicArn"), text(it, "Subject"), text(it, "Message")),
        None => (None, None, None, None),
    };
    let body = if notification.is_some() { inside.unwrap_or_default() } else { body.to_owned() };
    let id = id.or_else(|| text(record, "messageId"));
    Incoming {
        id_given: id.is_some(),
        id: id.unwrap_or_else(|| made_id(&body)),
        topic_arn,
        subject,
        body,
        problem: None,
    }
}

/// The crate refuses a record that lacks any member, a signature say, or has one of another kind. Events sent by
/// hand or by a local AWS are such, and SNS itself may leave a member out one day: no alarm is lost for that.
fn tolerant(record: &Value) -> Incoming {
    let Some(sns) = record.get("Sns").or_else(|| record.get("sns")).filter(|it| it.is_object()) else {
        let problem = Some(Envelope::NotFromSns);
        return Incoming {
            id: made_id(&record.to_string()),
            id_given: false,
            topic_arn: None,
            subject: None,
            body: String::new(),
            problem,
        };
    };
    let text = |key: &str| sns.get(key).and_then(Value::as_str).filter(|it| !it.trim().is_empty()).map(str::to_owned);
    let (body, problem) = match sns.get("Message") {
        Some(Value::String(body)) => (body.clone(), None),
        Some(Value::Null) | None => (String::new(), Some(Envelope::NoMessage)),
        Some(other) => (other.to_string(), None),
    };
    let id = text("MessageId");
    Incoming {
        id_given: id.is_some(),
        id: id.unwrap_or_else(|| made_id(&body)),
        topic_arn: text("TopicArn"),
        subject: text("Subject"),
        body,
        problem,
    }
}

/// The same body has the same id, in every environment and after every release: the function is `SipHash` 1-3 of the
/// body's bytes, whatever the compiler.
fn made_id(body: &str) -> String {
    format!("body-{:032x}", SipHasher13::new().hash(body.as_bytes()).as_u128())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn records_are_read_whatever_they_lack() {
        let full = json!({"EventSource": "aws:sns", "Sns": {"MessageId": "m-1", "TopicArn": "arn:t", "Subject": "s", "Message": "b"}});
        let read = incoming(
            &json!({"Records": [full, {"Sns": {"Message": {"AlarmName": "a"}}}, {"Sns": {}}, {"s3": {}}, null]}),
        )
        .unwrap();
        assert_eq!(
            read[0],
            Incoming {
                id: "m-1".into(),
                id_given: true,
                topic_arn: Some("arn:t".into()),
                subject: Some("s".into()),
                body: "b".into(),
                problem: None
            }
        );
        assert_eq!((read[1].body.as_str(), read[1].problem), ("{\"AlarmName\":\"a\"}", None));
        assert!(
            read[2..].iter().all(|it| it.problem.is_some() && it.id.starts_with("body-") && !it.id_given),
            "{read:?}"
        );
    }

    #[test]
    fn what_sns_sends_is_read_by_the_crate() {
        let record = json!({
            "EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": "arn:t:1",
            "Sns": {
                "Type": "Notification", "MessageId": "m-1", "TopicArn": "arn:t", "Subject": null, "Message": "b",
                "Timestamp": "2026-11-22T00:00:00.000Z", "SignatureVersion": "1", "Signature": "s",
                "SigningCertUrl": "https://c", "UnsubscribeUrl": "https://u",
                "MessageAttributes": {"k": {"Type": "String", "Value": "v"}},
            },
        });
        assert!(SnsRecord::deserialize(&record).is_ok());
        let read = incoming(&json!({"Records": [record]})).unwrap();
        assert_eq!(
            read,
            [Incoming {
                id: "m-1".into(),
                id_given: true,
                topic_arn: Some("arn:t".into()),
                subject: None,
                body: "b".into(),
                problem: None
            }]
        );
        assert_eq!(read, [tolerant(&record)]);
    }

    #[test]
    fn a_made_id_outlives_the_compiler() {
        assert_eq!(made_id("{}"), "body-95f44026b86983962d7672b2fc3683b6");
    }

    #[test]
    fn a_queue_behind_the_topic_carries_the_same_message() {
        let notification = json!({"Type": "Notification", "MessageId": "m-9", "TopicArn": "arn:t", "Subject": "s", "Message": "{\"AlarmName\":\"a\"}"});
        let record = |body: &str| json!({"Records": [{"messageId": "q1", "body": body, "eventSource": "aws:sqs"}]});
        let wrapped = incoming(&record(&notification.to_string())).unwrap().remove(0);
        assert_eq!(
            (wrapped.id.as_str(), wrapped.id_given, wrapped.body.as_str()),
            ("m-9", true, "{\"AlarmName\":\"a\"}")
        );
        assert_eq!(
            (wrapped.topic_arn.as_deref(), wrapped.subject.as_deref(), wrapped.problem),
            (Some("arn:t"), Some("s"), None)
        );
        let raw = incoming(&record("{\"AlarmName\":\"a\"}")).unwrap().remove(0);
        assert_eq!((raw.id.as_str(), raw.body.as_str()), ("q1", "{\"AlarmName\":\"a\"}"));
    }

    #[test]
    fn cloudwatchs_own_event_is_a_message_and_the_same_one_again_is_known() {
        let direct = json!({"source": "aws.cloudwatch", "alarmArn": "arn:a", "alarmData": {"alarmName": "a"}});
        let read = incoming(&direct).unwrap().remove(0);
        assert!(read.id_given && read.id.starts_with("body-"), "{read:?}");
        assert_eq!(incoming(&direct).unwrap(), [read]);
        let bridged =
            json!({"id": "e-1", "detail-type": "CloudWatch Alarm State Change", "detail": {"alarmName": "a"}});
        assert_eq!(incoming(&bridged).unwrap()[0].id, "e-1");
    }

    #[test]
    fn an_alarm_by_hand_is_a_message() {
        assert_eq!(incoming(&json!({"AlarmName": "a"})).unwrap()[0].body, "{\"AlarmName\":\"a\"}");
        for other in [
            json!({}),
            json!([]),
            json!(null),
            json!({"action": "plan"}),
            json!({"Records": []}),
            json!({"Records": 1}),
        ] {
            assert_eq!(incoming(&other), None, "{other}");
        }
    }
}
