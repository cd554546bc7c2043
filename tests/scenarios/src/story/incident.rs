//! CloudTrail records of what happens in the story.

use std::sync::atomic::{AtomicU32, Ordering};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::world::ACCOUNT;

/// A console sign-in with MFA by an IAM user.
pub fn sign_in(who: &str, address: &str) -> String {
    sign_in_at(who, address, Timestamp::now())
}

/// The same at another time.
pub fn sign_in_at(who: &str, address: &str, at: Timestamp) -> String {
    let record = json!({
        "eventSource": "signin.amazonaws.com",
        "eventName": "ConsoleLogin",
        "eventType": "AwsConsoleSignIn",
        "userAgent": "Mozilla/5.0 (X11; Linux x86_64)",
        "responseElements": { "ConsoleLogin": "Success" },
        "additionalEventData": {
            "LoginTo": "https://console.aws.amazon.com/console/home", "MobileVersion": "No", "MFAUsed": "Yes",
        },
    });
    by(who, address, at, record)
}

/// A call by an IAM user that IAM refused.
pub fn denied(who: &str, address: &str, service: &str, call: &str) -> String {
    let record = json!({
        "eventSource": format!("{service}.amazonaws.com"),
        "eventName": call,
        "eventType": "AwsApiCall",
        "userAgent": "aws-cli/2.31.0",
        "errorCode": "AccessDenied",
        "errorMessage": format!("User: {who} is not authorized to perform: {service}:{call}"),
        "responseElements": null,
    });
    by(who, address, Timestamp::now(), record)
}

/// A call by an IAM user that changed something.
pub fn changed(who: &str, address: &str, service: &str, call: &str, parameters: &Value) -> String {
    let record = json!({
        "eventSource": format!("{service}.amazonaws.com"),
        "eventName": call,
        "eventType": "AwsApiCall",
        "userAgent": "aws-cli/2.31.0",
        "requestParameters": parameters,
        "responseElements": null,
    });
    by(who, address, Timestamp::now(), record)
}

fn by(who: &str, address: &str, at: Timestamp, mut record: Value) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let now = Timestamp::from_second(at.as_second()).unwrap_or_default();
    let common = json!({
        "eventVersion": "1.09",
        "userIdentity": {
            "type": "IAMUser", "principalId": "AIDAEXAMPLEEXAMPLE", "accountId": ACCOUNT,
            "arn": format!("arn:aws:iam::{ACCOUNT}:user/{who}"), "userName": who,
        },
        "eventTime": now.to_string(),
        "awsRegion": "us-east-1",
        "sourceIPAddress": address,
        "requestParameters": null,
        "eventID": format!("{:08x}-0000-4000-8000-{:012x}", now.as_second(), NEXT.fetch_add(1, Ordering::Relaxed)),
        "readOnly": false,
        "managementEvent": true,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
    });
    if let (Value::Object(record), Value::Object(common)) = (&mut record, common) {
        for (name, value) in common {
            record.entry(name).or_insert(value);
        }
    }
    record.to_string()
}
