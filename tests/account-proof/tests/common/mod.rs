//! One account: a local AWS with the stack of a config, both functions, and the proxy in front of it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code,
    unreachable_pub,
    reason = "tests"
)]

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use account_proof::proxy::Proxy;
use account_proof::rights::{Account, Policies};
use aws_sdk_lambda::config::Region;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{DeadLetterConfig, Environment, FunctionCode, Runtime};
use aws_types::SdkConfig;
use local_aws::{LocalAws, Options};
use scenarios::deploy::checkout;
use scenarios::terminal::{BOOTSTRAPPER, PYTHON, aws_cli, in_account, run};
use scenarios::world::ACCOUNT;
use serde_json::Value;
use stack::parameters;
use tempfile::TempDir;
use yakei_core::arns::Place;
use yakei_core::config::Config;
use yakei_core::regions::partition;

const EMPTY_ZIP: &[u8] = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

/// What the template gives them: Lambda's own three are not enough on a machine that has other things to do.
const SECONDS: i32 = 60;

/// The config of `infra`. Its own date is one that stays ahead: a run that happens on the day would change what is wanted.
pub fn own_config() -> String {
    let own = std::fs::read_to_string(checkout().join("infra/yakei.toml")).unwrap();
    let far = own.replace("dates = { \"2026-12-28\"", "dates = { \"2098-12-28\"");
    assert_ne!(own, far, "the date of infra/yakei.toml");
    far
}

/// What is deployed, and beside what.
pub struct Setting<'a> {
    /// The whole config file.
    pub config: &'a str,
    /// The log group of the existing trail, as `infra/deploy.sh` tells it to the template.
    pub log_group: &'a str,
    /// Buckets of other accounts.
    pub strangers: &'a [&'a str],
    /// Whether the enricher is the built one, and not only there.
    pub enriches: bool,
}

impl<'a> Setting<'a> {
    /// A config, with nothing beside it.
    pub fn of(config: &'a str) -> Self {
        Self { config, log_group: "", strangers: &[], enriches: false }
    }
}

pub struct World {
    pub aws: LocalAws,
    pub proxy: Proxy,
    pub region: String,
    pub reads: Policies,
    pub writes: Policies,
    /// How many runs there were: each signs with a key of its own.
    runs: AtomicUsize,
    folder: TempDir,
}

/// Numbers that are the same for the same seed (splitmix64).
pub struct Random(pub u64);

impl Random {
    /// One below this.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(end).unwrap()).unwrap()
    }
}

/// The seeds to try: `YAKEI_SEEDS=0..20` of the environment, else one, always the same.
pub fn seeds() -> Range<u64> {
    let Ok(given) = std::env::var("YAKEI_SEEDS") else { return 0..1 };
    let (from, to) = given.split_once("..").expect("YAKEI_SEEDS=0..20");
    from.parse().unwrap()..to.parse().unwrap()
}

/// What a run of the bootstrapper ended with.
pub struct Ran {
    pub success: bool,
    pub answer: Value,
    pub said: String,
}

impl World {
    /// A local AWS and its settings in this Region, before anything is in it.
    pub async fn aws(region: &str) -> (LocalAws, SdkConfig) {
        let aws = LocalAws::start(Options::default()).await.unwrap();
        let sdk = aws.sdk_config().into_builder().region(Region::new(region.to_owned())).build();
        (aws, sdk)
    }

    /// The stack, both functions and the proxy.
    pub async fn new(aws: LocalAws, sdk: &SdkConfig, region: &str, setting: &Setting<'_>) -> Self {
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("yakei.toml"), setting.config).unwrap();
        let place = Place { partition: partition(region).into(), account: ACCOUNT.into(), region: region.into() };
        let config = Config::parse(setting.config).unwrap();
        let mut parameters = parameters(&config, &place);
        for parameter in parameters.iter_mut().filter(|it| *it == "LogGroup=") {
            parameter.push_str(setting.log_group);
        }
        let mut deploy = aws_cli("cloudformation deploy --stack-name yakei --capabilities CAPABILITY_NAMED_IAM", &aws);
        deploy.envs([("AWS_REGION", region), ("AWS_DEFAULT_REGION", region)]);
        deploy.arg("--template-file").arg(checkout().join("infra/template.yaml"));
        run({
            deploy.arg("--parameter-overrides").args(parameters);
            deploy
        })
        .await
        .unwrap();
        let iam = aws_sdk_iam::Client::new(sdk);
        let reads = document(&iam, &place.partition, "yakei-bootstrapper-reads").await;
        let writes = document(&iam, &place.partition, "yakei-bootstrapper-writes").await;
        let strangers = setting.strangers.iter().map(ToString::to_string).collect();
        let account = Account { strangers, ..Account::new(&place.partition, &place.account) };
        let proxy = Proxy::start(&aws.endpoint(), &checkout().join(PYTHON), account).await.unwrap();
        functions(sdk, &place, &config, setting.enriches.then(|| (folder.path(), proxy.endpoint()))).await;
        let enricher = config.name.enricher();
        let call = iam.get_role_policy().role_name(&enricher).policy_name("enricher").send().await.unwrap();
        proxy.allow_function(&enricher, Policies::of([&decoded(call.policy_document())]));
        let (reads, writes) = (Policies::of([&reads]), Policies::of([&reads, &writes]));
        Self { aws, proxy, region: region.to_owned(), reads, writes, runs: AtomicUsize::new(1), folder }
    }

    /// Runs the built bootstrapper through the proxy, with these rights.
    pub async fn bootstrapper(&self, rights: &Policies, event: &str) -> Ran {
        self.through(&self.proxy, rights, event).await
    }

    /// The same through another proxy.
    pub async fn through(&self, proxy: &Proxy, rights: &Policies, event: &str) -> Ran {
        let run = format!("run-{}", self.runs.fetch_add(1, Ordering::Relaxed));
        proxy.allow(&run, rights.clone());
        let mut command = in_account(BOOTSTRAPPER, &self.aws);
        command.env("AWS_ACCESS_KEY_ID", run);
        command.env("AWS_ENDPOINT_URL", proxy.endpoint()).env("YAKEI_CONFIG", self.config());
        command.envs([("AWS_REGION", &self.region), ("AWS_DEFAULT_REGION", &self.region)]);
        let output = command.arg(event).output().await.unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let answer = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
        Ran { success: output.status.success(), answer, said }
    }

    /// From now on the config is this.
    pub fn configure(&self, config: &str) {
        std::fs::write(self.config(), config).unwrap();
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("yakei.toml")
    }
}

/// Toggler and enricher as a deployment leaves them, with nothing in them: nobody invokes them. The enricher is the built
/// one where a drill is to reach it: the folder holds its config, and it asks the account at that endpoint.
async fn functions(sdk: &SdkConfig, place: &Place, config: &Config, enriches: Option<(&Path, String)>) {
    let lambda = aws_sdk_lambda::Client::new(sdk);
    let queue = format!("arn:aws:sqs:{}:{ACCOUNT}:yakei-dead-letters", place.region);
    for function in [config.name.toggler(), config.name.enricher()] {
        let environment = Environment::builder().variables("NOTIFY_TOPIC_ARN", place.topic(&config.notice_topic()));
        let mut environment = environment.variables("AWS_SDK_UA_APP_ID", &function);
        let zip = match &enriches {
            Some((folder, endpoint)) if function == config.name.enricher() => {
                // MiniStack sets the one for all services itself.
                for service in ["CLOUDWATCH", "CLOUDWATCH_LOGS", "SNS"] {
                    environment = environment.variables(format!("AWS_ENDPOINT_URL_{service}"), endpoint);
                }
                enricher(folder).await
            }
            _ => EMPTY_ZIP.to_vec(),
        };
        let code = FunctionCode::builder().zip_file(Blob::new(zip)).build();
        let call = lambda.create_function().function_name(&function).runtime(Runtime::Providedal2023).code(code);
        let call = call.environment(environment.build()).handler("bootstrap").role(place.role(&function));
        let call = call.timeout(SECONDS);
        call.dead_letter_config(DeadLetterConfig::builder().target_arn(&queue).build()).send().await.unwrap();
    }
}

/// The built enricher with the config beside it, as a zip.
async fn enricher(folder: &Path) -> Vec<u8> {
    const ZIP: &str = "import sys, zipfile
with zipfile.ZipFile(sys.argv[3], 'w', zipfile.ZIP_DEFLATED, compresslevel=1) as made:
    made.write(sys.argv[1], 'bootstrap')
    made.write(sys.argv[2], 'yakei.toml')";
    let made = folder.join("enricher.zip");
    let mut zip = tokio::process::Command::new(checkout().join(PYTHON));
    zip.args(["-c", ZIP]).arg(checkout().join("target/lambda/host/enricher/bootstrap"));
    run({
        zip.arg(folder.join("yakei.toml")).arg(&made);
        zip
    })
    .await
    .unwrap();
    std::fs::read(made).unwrap()
}

/// A managed policy of the stack, as IAM has it.
async fn document(iam: &aws_sdk_iam::Client, partition: &str, name: &str) -> Value {
    let arn = format!("arn:aws:iam::{ACCOUNT}:policy/{name}");
    let policy = iam.get_policy().policy_arn(&arn).send().await.unwrap().policy.unwrap();
    let version = policy.default_version_id().unwrap().to_owned();
    let answer = iam.get_policy_version().policy_arn(arn).version_id(version).send().await.unwrap();
    let document = decoded(&answer.policy_version.unwrap().document.unwrap());
    let text = document.to_string();
    // CloudFormation counts the characters without blanks.
    assert!(text.len() <= 6_144, "{name}: a managed policy takes 6,144 characters");
    // MiniStack deploys a stack in the partition `aws`, whatever the Region.
    serde_json::from_str(&text.replace("arn:aws:", &format!("arn:{partition}:"))).unwrap()
}

/// IAM answers documents URL-encoded.
fn decoded(document: &str) -> Value {
    serde_json::from_str(&percent_encoding::percent_decode_str(document).decode_utf8().unwrap()).unwrap()
}
