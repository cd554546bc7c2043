//! A healthy account in which one thing is not as it should be: each member of AWS's answers is altered on its way, and
//! the audit must see it, unless it is named as harmless with the reason (`members.toml`).

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use account_proof::judge::{Edit, Judge};
use account_proof::proxy::{Alteration, Proxy};
use account_proof::rights::Account;
use common::{Random, Setting, World, own_config, seeds};
use scenarios::deploy::checkout;
use scenarios::sdks::sdks;
use scenarios::terminal::PYTHON;
use scenarios::world::ACCOUNT;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    shape: Vec<Shape>,
    mutation: Vec<Mutation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_field_names, reason = "the words of the table")]
struct Shape {
    service: String,
    shape: String,
    call: String,
    about: String,
    at: Vec<Value>,
    seen: Vec<String>,
    #[serde(default)]
    value: BTreeMap<String, Value>,
    harmless: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mutation {
    name: String,
    call: String,
    about: String,
    #[serde(default)]
    at: Vec<Value>,
    #[serde(default)]
    value: Value,
    raw: Option<String>,
    /// A second answer that must say the same.
    also: Option<Also>,
    /// Why it harms nobody; without it the audit must see it.
    harmless: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Also {
    call: String,
    at: Vec<Value>,
    value: Value,
}

fn table() -> Table {
    toml::from_str(include_str!("../members.toml")).unwrap()
}

fn judge() -> Judge {
    Judge::start(&checkout().join(PYTHON)).unwrap()
}

#[tokio::test]
async fn a_member_that_aws_gains_is_decided_before_it_is_ignored() {
    let (judge, sdks) = (judge(), sdks().unwrap());
    let mut wrong = Vec::new();
    for Shape { service, shape, seen, harmless, .. } in table().shape {
        let mut members: BTreeSet<String> = judge.members(&service, &shape).await.unwrap().keys().cloned().collect();
        // The SDK that the adapters are built on may know more than botocore, or less.
        let plain = |name: &str| name.replace('_', "").to_lowercase();
        let known: BTreeSet<String> = seen.iter().chain(harmless.keys()).map(|it| plain(it)).collect();
        let fields = fields(&sdks, &service, &shape);
        assert!(!fields.is_empty(), "{shape}: the SDK has no such type");
        wrong.extend(
            fields
                .iter()
                .filter(|it| !known.contains(&plain(it)))
                .map(|it| format!("{shape}: the SDK's {it} is new: is it seen, or harmless?")),
        );
        // A member that only the SDK knows stands in the table as well.
        let fields: BTreeSet<String> = fields.iter().map(|it| plain(it)).collect();
        members.extend(seen.iter().chain(harmless.keys()).filter(|it| fields.contains(&plain(it))).cloned());
        let decided: BTreeSet<String> = seen.iter().chain(harmless.keys()).cloned().collect();
        assert_eq!(decided.len(), seen.len() + harmless.len(), "{shape}: seen and harmless at once");
        wrong.extend(members.difference(&decided).map(|it| format!("{shape}.{it} is new: is it seen, or harmless?")));
        wrong.extend(decided.difference(&members).map(|it| format!("{shape}.{it}: AWS has no such member")));
        wrong.extend(harmless.iter().filter(|(_, why)| why.is_empty()).map(|(it, _)| format!("{shape}.{it}: why?")));
    }
    assert!(wrong.is_empty(), "members.toml:\n{}", wrong.join("\n"));
}

/// The public fields of an SDK's type: of a shape, or of an operation's answer.
fn fields(sdks: &BTreeMap<String, PathBuf>, service: &str, shape: &str) -> Vec<String> {
    let sdk = match service {
        "monitoring" => "cloudwatch",
        "logs" => "cloudwatchlogs",
        other => other,
    };
    let mut snake = String::new();
    for c in shape.chars() {
        if c.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    let operation = snake.trim_end_matches("_output").trim_end_matches("_response").to_owned();
    let files = [
        format!("types/_{snake}.rs"),
        format!("operation/{operation}/_{operation}_output.rs"),
        // An operation may answer a shape of another name.
        format!("operation/get_{operation}/_get_{operation}_output.rs"),
    ];
    let text = files.iter().find_map(|file| std::fs::read_to_string(sdks[sdk].join(file)).ok()).unwrap_or_default();
    let fields = text.lines().filter_map(|line| line.strip_prefix("    pub ")?.split_once(':').map(|(name, _)| name));
    fields.filter(|name| !name.contains([' ', '('])).map(ToOwned::to_owned).collect()
}

struct Try {
    name: String,
    alterations: Vec<Alteration>,
    harmless: bool,
}

async fn tries() -> Vec<Try> {
    let (judge, table) = (judge(), table());
    let mut tries = Vec::new();
    for shape in table.shape {
        let examples = judge.members(&shape.service, &shape.shape).await.unwrap();
        let harmless = shape.harmless.keys().map(|it| (it, true));
        for (member, harmless) in shape.seen.iter().map(|it| (it, false)).chain(harmless) {
            let example = || examples.get(member).map_or_else(|| json!({ "other": "other" }), |it| it[1].clone());
            let value = shape.value.get(member).cloned().unwrap_or_else(example);
            // XML knows texts alone.
            let value = match value {
                Value::String(_) => value,
                _ if ["iam", "s3", "sns"].contains(&shape.service.as_str()) => json!("other"),
                value => value,
            };
            let path = shape.at.iter().cloned().chain([json!(member)]).collect();
            let edits = vec![Edit { path, value }];
            let alterations = vec![Alteration { call: shape.call.clone(), about: shape.about.clone(), edits }];
            tries.push(Try { name: format!("{}.{member}", shape.shape), alterations, harmless });
        }
    }
    for Mutation { name, call, about, at, value, raw, also, harmless } in table.mutation {
        let edit = match raw {
            Some(raw) => Edit { path: Value::Null, value: json!(raw) },
            None => Edit { path: json!(at), value },
        };
        let mut alterations = vec![Alteration { call, about, edits: vec![edit] }];
        alterations.extend(also.map(|Also { call, at, value }| Alteration {
            call,
            about: String::new(),
            edits: vec![Edit { path: json!(at), value }],
        }));
        assert!(harmless.as_ref().is_none_or(|why| !why.is_empty()), "{name}: why?");
        tries.push(Try { name, alterations, harmless: harmless.is_some() });
    }
    tries
}

/// The links of an audit that did not pass.
async fn open(world: &World, proxy: &Proxy) -> BTreeSet<String> {
    let ran = world.through(proxy, &world.reads, "verify").await;
    let links = ran.answer["links"].as_array().cloned();
    let Some(links) = links else {
        // It could not even say what there is: that is no pass.
        return [format!("no audit: {}", ran.said.lines().last().unwrap_or_default())].into();
    };
    let open = links.iter().filter(|link| link["verdict"] != "pass");
    open.map(|link| format!("{} {} {}", link["verdict"], link["link"], link["detail"])).collect()
}

/// Proxies side by side: much of an audit is waiting.
const SHARDS: usize = 6;

#[tokio::test(flavor = "multi_thread")]
async fn every_mutation_of_a_healthy_account_is_seen_or_named_harmless() {
    let config = own_config();
    let (aws, sdk) = World::aws("us-east-1").await;
    // With a key, so that what is asked of keys is asked.
    let key = aws_sdk_kms::Client::new(&sdk).create_key().send().await.unwrap().key_metadata.unwrap().arn.unwrap();
    let config = config.replacen("\n[notify]\n", &format!("\n[notify]\nkms_key = \"{key}\"\n"), 1);
    let config = format!("{config}\n[trail]\nkms_key = \"{key}\"\n");
    let world = World::new(aws, &sdk, "us-east-1", &Setting::of(&config)).await;
    world.proxy.weather().clear();
    let made = world.bootstrapper(&world.writes, "apply").await;
    assert!(made.success, "{}", made.said);
    assert!(made.answer.to_string().contains("once-Asia.Tokyo-20981228-1200"), "{}", made.answer);
    let healthy = open(&world, &world.proxy).await;
    assert!(healthy.iter().all(|it| !it.starts_with("no audit")), "{healthy:?}");

    let mut tries = tries().await;
    let harmless = tries.iter().filter(|it| it.harmless).count();
    let one = tries.len();
    tries.extend(seeds().flat_map(|seed| pairs(&tries, seed)).collect::<Vec<_>>());
    let (world, healthy, tries) = (&world, &healthy, &tries);
    let shards = (0..SHARDS).map(|shard| async move {
        let account = Account::new("aws", ACCOUNT);
        let proxy = Proxy::start(&world.aws.endpoint(), &checkout().join(PYTHON), account).await.unwrap();
        proxy.weather().clear();
        let mut wrong = Vec::new();
        for it in tries.iter().skip(shard).step_by(SHARDS) {
            wrong.extend(tried(world, &proxy, healthy, it).await);
        }
        wrong
    });
    let wrong: Vec<String> = futures_util::future::join_all(shards).await.concat();
    println!(
        "{one} mutations: {} seen, {harmless} harmless; {} pairs of them (seeds {:?}); {} wrong",
        one - harmless,
        tries.len() - one,
        seeds(),
        wrong.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is wrong with what the audit says of a mutation.
async fn tried(world: &World, proxy: &Proxy, healthy: &BTreeSet<String>, it: &Try) -> Option<String> {
    let before = proxy.seen().altered;
    proxy.alter(it.alterations.clone());
    let found = open(world, proxy).await;
    let seen = found.difference(healthy).count() > 0;
    if let Some(broken) = found.iter().find(|it| it.contains("unhandled error") || it.starts_with("no audit")) {
        return Some(format!("{}: the altered answer cannot be read: {broken}", it.name));
    }
    if proxy.seen().altered == before {
        return Some(format!("{}: nothing was altered, {} was not asked", it.name, it.alterations[0].call));
    }
    if seen == it.harmless {
        let said: Vec<_> = found.difference(healthy).cloned().collect();
        let what = if seen { "is named harmless, but" } else { "was MISSED" };
        return Some(format!("{} {what} {}", it.name, said.join("; ")));
    }
    None
}

/// Pairs for each seed: an audit takes a second.
const PAIRS: usize = 24;

/// Two at once: one must not hide the other, and what is harmless alone is harmless together. Two changes of the same
/// member are one.
fn pairs(tries: &[Try], seed: u64) -> Vec<Try> {
    let mut random = Random(seed);
    let mut pairs = Vec::new();
    while pairs.len() < PAIRS {
        let mut one = || &tries[random.below(tries.len())];
        let (a, b) = (one(), one());
        let places = |it: &Try| -> BTreeSet<String> {
            let of =
                |it: &Alteration| it.edits.iter().map(|edit| format!("{} {}", it.call, edit.path)).collect::<Vec<_>>();
            it.alterations.iter().flat_map(of).collect()
        };
        if places(a).is_disjoint(&places(b)) {
            let alterations = a.alterations.iter().chain(&b.alterations).cloned().collect();
            let name = format!("seed {seed}: {} and {}", a.name, b.name);
            pairs.push(Try { name, alterations, harmless: a.harmless && b.harmless });
        }
    }
    pairs
}
