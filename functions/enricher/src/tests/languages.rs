//! Several languages: one notice in each, each once.

use yakei_core::notice::{Language, Outgoing};

use super::*;

fn speaking(fake: Fake, languages: &[Language]) -> Enricher<Fake> {
    let settings = Settings { languages: languages.to_vec(), ..settings() };
    Enricher::new(fake, settings, limits(), Some(TOPIC_OUT.into()), Some("us-west-2".into()))
}

fn body() -> Value {
    alarm("ALARM", "OK", &breach(1))
}

/// The language attribute, subject and JSON of each.
fn published(fake: &Fake) -> Vec<(String, String, Value)> {
    let language = |it: &Outgoing| it.attributes.iter().find(|it| it.name == "language").map(|it| it.value.clone());
    let told = fake.published.borrow();
    let each = told.iter().map(|it| (language(it).unwrap_or_default(), it.subject.clone()));
    each.zip(fake.notices()).map(|((language, subject), json)| (language, subject, json)).collect()
}

#[tokio::test(start_paused = true)]
async fn an_alarm_becomes_one_notice_in_each_language() {
    let enricher = speaking(usual(1), &[Language::En, Language::Ja]);
    let event = event(&[&body().to_string()]);
    handle(&enricher, &event).await.unwrap();
    let again = handle(&enricher, &event).await.unwrap();
    assert_eq!(again["notices"][0]["repeated"], json!(true));
    let told = published(&enricher.into_ports());
    let languages: Vec<_> = told.iter().map(|it| (it.0.as_str(), it.2["language"].as_str().unwrap())).collect();
    assert_eq!(languages, [("en", "en"), ("ja", "ja")]);
    assert!(told[0].1.contains("alice signed in to the console"), "{}", told[0].1);
    assert!(told[1].1.contains("コンソールにサインインしました"), "{}", told[1].1);
    assert_eq!(told[0].2["id"], told[1].2["id"], "a program that knows repeats by their id gets one");
}

#[tokio::test(start_paused = true)]
async fn a_japanese_notice_has_the_controls_japanese_words_alone() {
    let enricher = speaking(usual(1), &[Language::Ja]);
    handle(&enricher, &event(&[&body().to_string()])).await.unwrap();
    let fake = enricher.into_ports();
    assert_eq!(fake.published.borrow().len(), 1);
    let message: Value = serde_json::from_str(&fake.published.borrow()[0].message).unwrap();
    let mail = message["email"].as_str().unwrap();
    let control = Catalogue::builtin().unwrap().get("ConsoleLogin").unwrap().clone();
    for text in [control.notice_in(Language::Ja).unwrap(), control.next_in(Language::Ja)] {
        assert!(mail.contains(text), "{mail}");
    }
    assert!(!mail.contains(&control.notice) && !mail.contains(&control.next), "{mail}");
}

#[tokio::test(start_paused = true)]
async fn what_failed_in_one_language_is_told_again_in_that_alone() {
    let fake = usual(1);
    fake.first.borrow_mut().insert("Publish", (1, "NotFound"));
    let enricher = speaking(fake, &[Language::En, Language::Ja]);
    let event = event(&[&body().to_string()]);
    assert_eq!(handle(&enricher, &event).await.unwrap_err().name, Why::PublishFailed);
    handle(&enricher, &event).await.unwrap();
    handle(&enricher, &event).await.unwrap();
    let told: Vec<_> = published(&enricher.into_ports()).into_iter().map(|it| it.0).collect();
    assert_eq!(told, ["ja", "en"]);
}

/// A slip in the file must not send notices in a language that nobody has subscribed.
#[tokio::test(start_paused = true)]
async fn without_a_config_every_language_is_told() {
    let broken = |text: &str| {
        let errors = Config::parse(text).unwrap_err();
        Settings::from_loaded(Err(LoadError::Invalid { path: "yakei.toml".into(), errors })).languages()
    };
    assert_eq!(broken("nonsense"), Language::ALL);
    assert_eq!(broken("[notify]\nlanguage = \"ja\"\nemails = [\"nobody\"]"), [Language::Ja]);
    let missing = LoadError::Unreadable { path: "yakei.toml".into(), source: std::io::Error::other("gone") };
    assert_eq!(Settings::from_loaded(Err(missing)).languages(), Language::ALL);
}

/// What HTTPS subscribers get, and what queues get.
fn by_protocol(fake: &Fake) -> Vec<(Value, Value)> {
    let part = |message: &Value, protocol: &str| serde_json::from_str(message[protocol].as_str().unwrap()).unwrap();
    let messages =
        fake.published.borrow().iter().map(|it| serde_json::from_str(&it.message).unwrap()).collect::<Vec<_>>();
    messages.iter().map(|it| (part(it, "https"), part(it, "sqs"))).collect()
}

#[tokio::test(start_paused = true)]
async fn chat_applications_see_notices_and_digests_in_each_language() {
    let messages = [(body().to_string(), "yakei.notice/1"), (handed_over(), "yakei.digest/1")];
    for (message, schema) in messages {
        for chat in [true, false] {
            let settings = Settings { languages: Language::ALL.to_vec(), chat, ..settings() };
            let enricher =
                Enricher::new(usual(1), settings, limits(), Some(TOPIC_OUT.into()), Some("us-west-2".into()));
            handle(&enricher, &event(&[&message])).await.unwrap();
            let told = by_protocol(&enricher.into_ports());
            assert_eq!(told.len(), 2);
            for (https, sqs) in told {
                assert_eq!(sqs["schema"], schema);
                assert_eq!((&https["source"] == "custom", https == sqs), (chat, !chat), "{https}");
                assert!(!chat || https["content"]["title"].as_str().unwrap().contains("yakei"), "{https}");
            }
        }
    }
}

/// Else the chat applications would drop the very notices that tell of the slip.
#[test]
fn a_slip_in_the_file_does_not_hide_notices_from_chat_applications() {
    let chat = |text: &str| {
        let errors = Config::parse(text).unwrap_err();
        Settings::from_loaded(Err(LoadError::Invalid { path: "yakei.toml".into(), errors })).chat
    };
    assert!(chat("[notify]\nhttps = \"chat\"\nemails = [\"nobody\"]"));
    assert!(!chat("[notify]\nemails = [\"nobody\"]"));
}

/// A digest as the toggler hands it over.
fn handed_over() -> String {
    use yakei_core::digest::{Digest, HandedOver, Missed, Unknown};
    let (from, to) = ("2026-11-21T18:00:00Z".parse().unwrap(), now());
    let mut digest = Digest::new("d-1".into(), "yakei", from, to);
    let mut missed = Missed::new("yakei-ConsoleLogin", from, to);
    missed.went_off(to, "because");
    digest.add(missed);
    digest.problem(Unknown::Before { before: from });
    HandedOver::new(&digest).body()
}

#[tokio::test(start_paused = true)]
async fn what_was_missed_is_told_in_each_language_too() {
    let enricher = speaking(usual(1), &[Language::En, Language::Ja]);
    let event = event(&[&handed_over()]);
    handle(&enricher, &event).await.unwrap();
    handle(&enricher, &event).await.unwrap();
    let told = published(&enricher.into_ports());
    assert_eq!(told.iter().map(|it| it.0.as_str()).collect::<Vec<_>>(), ["en", "ja"]);
    assert!(told[0].2["problems"][0].as_str().unwrap().starts_with("what happened before "));
    assert!(told[1].2["problems"][0].as_str().unwrap().ends_with("履歴の保持期間は 30 日です）"), "{}", told[1].2);
}
