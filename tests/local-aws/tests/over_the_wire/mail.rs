//! E-mail subscriptions wait for their confirmation, and then get what their filter policy lets through.

use aws_sdk_sns::types::MessageAttributeValue;

use crate::{Aws, aws};

impl Aws {
    async fn topic(&self, name: &str) -> String {
        self.topics.create_topic().name(name).send().await.unwrap().topic_arn.unwrap()
    }

    async fn publish(&self, topic: &str, message: &str, colour: Option<&str>) {
        let colour = colour.map(|it| MessageAttributeValue::builder().data_type("String").string_value(it).build());
        let call = self.topics.publish().topic_arn(topic).subject("news").message(message);
        let attributes = colour.map(|value| [("colour".to_owned(), value.unwrap())].into());
        call.set_message_attributes(attributes).send().await.unwrap();
    }

    /// The texts that have arrived, the requests for confirmation apart.
    fn texts(&self) -> Vec<String> {
        let mails = self.local.mails().into_iter().filter(|mail| mail.confirmation().is_none());
        mails.map(|mail| format!("{}: {}", mail.to, mail.body)).collect()
    }

    /// The subscriptions of a topic as a list shows them.
    async fn listed(&self, topic: &str) -> Vec<String> {
        let answer = self.topics.list_subscriptions_by_topic().topic_arn(topic).send().await.unwrap();
        answer.subscriptions().iter().map(|it| it.subscription_arn().unwrap().to_owned()).collect()
    }
}

#[tokio::test]
async fn an_address_gets_nothing_before_it_has_confirmed() {
    let aws = aws().await;
    let topic = aws.topic("people").await;
    let subscribe = || aws.topics.subscribe().topic_arn(&topic).protocol("email").endpoint("a@example.com");
    let answer = subscribe().send().await.unwrap();
    assert_eq!(answer.subscription_arn(), Some("pending confirmation"));
    let arn = subscribe().return_subscription_arn(true).send().await.unwrap().subscription_arn.unwrap();
    assert!(arn.starts_with(&topic), "{arn}");
    assert_eq!(aws.listed(&topic).await, ["PendingConfirmation"]);
    let attributes = aws.topics.get_topic_attributes().topic_arn(&topic).send().await.unwrap();
    assert_eq!(attributes.attributes().unwrap()["SubscriptionsPending"], "1");
    let refused = aws.topics.unsubscribe().subscription_arn("PendingConfirmation").send().await.unwrap_err();
    assert!(refused.into_service_error().is_invalid_parameter_exception());
    aws.publish(&topic, "too early", None).await;
    assert!(aws.texts().is_empty());

    let asked: Vec<_> = aws.local.mails().into_iter().map(|mail| (mail.to, mail.subject)).collect();
    let ask = ("a@example.com".to_owned(), "AWS Notification - Subscription Confirmation".to_owned());
    assert_eq!(asked, [ask.clone(), ask], "asked again each time");
    assert_eq!(aws.local.confirm().await.unwrap(), 2);
    aws.local.confirm().await.unwrap();
    assert_eq!(aws.listed(&topic).await, [arn.as_str()]);
    aws.publish(&topic, "in time", None).await;
    assert_eq!(aws.texts(), ["a@example.com: in time"]);

    aws.topics.unsubscribe().subscription_arn(arn).send().await.unwrap();
    aws.publish(&topic, "too late", None).await;
    assert_eq!(aws.texts().len(), 1);
    aws.local.reset().await.unwrap();
    assert!(aws.local.mails().is_empty());
    aws.local.stop().await;
}

#[tokio::test]
async fn a_filter_policy_keeps_mail_back_and_can_be_changed() {
    let aws = aws().await;
    let topic = aws.topic("people").await;
    let subscribe = aws.topics.subscribe().topic_arn(&topic).protocol("email").endpoint("a@example.com");
    let subscribe = subscribe.attributes("FilterPolicy", r#"{"colour":["red"]}"#).return_subscription_arn(true);
    let arn = subscribe.send().await.unwrap().subscription_arn.unwrap();
    aws.local.confirm().await.unwrap();
    for colour in [Some("red"), Some("blue"), None] {
        aws.publish(&topic, colour.unwrap_or("none"), colour).await;
    }
    assert_eq!(aws.texts(), ["a@example.com: red"]);

    let set = aws.topics.set_subscription_attributes().subscription_arn(arn).attribute_name("FilterPolicy");
    set.attribute_value(r#"{"colour":[{"anything-but":["red"]}]}"#).send().await.unwrap();
    for colour in ["red", "blue"] {
        aws.publish(&topic, colour, Some(colour)).await;
    }
    assert_eq!(aws.texts(), ["a@example.com: red", "a@example.com: blue"]);
    aws.local.stop().await;
}

#[tokio::test]
async fn each_protocol_gets_its_own_text() {
    let aws = aws().await;
    let topic = aws.topic("people").await;
    for protocol in ["email", "email-json"] {
        let subscribe = aws.topics.subscribe().topic_arn(&topic).protocol(protocol);
        subscribe.endpoint(format!("{protocol}@example.com")).send().await.unwrap();
    }
    aws.local.confirm().await.unwrap();
    let texts = r#"{"default":"d","email":"e"}"#;
    aws.topics.publish().topic_arn(&topic).message_structure("json").message(texts).send().await.unwrap();
    let [plain, wrapped] = aws.texts().try_into().unwrap();
    assert_eq!(plain, "email@example.com: e");
    assert!(wrapped.contains(r#""Type": "Notification""#) && wrapped.contains(r#""Message": "d""#), "{wrapped}");
    aws.local.stop().await;
}

#[tokio::test]
async fn a_subject_is_utf_8_of_less_than_a_hundred_characters_and_a_topic_may_refuse_all_but_ascii() {
    let aws = aws().await;
    let topic = aws.topic("people").await;
    aws.topics.subscribe().topic_arn(&topic).protocol("email").endpoint("a@example.com").send().await.unwrap();
    aws.local.confirm().await.unwrap();
    let publish = |subject: &str| aws.topics.publish().topic_arn(&topic).subject(subject).message("m").send();
    for subject in ["夜警", &"夜".repeat(99)] {
        publish(subject).await.unwrap();
    }
    for subject in ["two\nlines", &"夜".repeat(100), &"\u{1f525}".repeat(50)] {
        let refused = publish(subject).await.unwrap_err();
        assert!(refused.into_service_error().is_invalid_parameter_exception(), "{subject:?}");
    }
    let set = aws.topics.set_topic_attributes().topic_arn(&topic).attribute_name("DisplayName");
    set.attribute_value("ascii-subjects").send().await.unwrap();
    assert!(publish("夜警").await.unwrap_err().into_service_error().is_invalid_parameter_exception());
    publish("night watch").await.unwrap();
    let subjects: Vec<_> = aws.local.mails().into_iter().map(|mail| mail.subject).collect();
    assert_eq!(subjects[1..], ["夜警".to_owned(), "夜".repeat(99), "night watch".to_owned()]);
    aws.local.stop().await;
}
