//! One account: a local AWS with the stack of a config, both functions, and the proxy in front of it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, dead_code, unreachable_pub, reason = "tests")]

use std::path::{Path, PathBuf};

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
    folder: TempDir,
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
        Self { aws, proxy, region: region.to_owned(), reads, writes, folder }
    }

    /// Runs the built bootstrapper through the proxy, with these rights.
    pub async fn bootstrapper(&self, rights: &Policies, event: &str) -> Ran {
        self.through(&self.proxy, rights, event).await
    }

    /// The same through another proxy.
    pub async fn through(&self, proxy: &Proxy, rights: &Policies, event: &str) -> Ran {
        proxy.allow(Some(rights.clone()));
        let mut command = in_account(BOOTSTRAPPER, &self.aws);
        command.env("AWS_ENDPOINT_URL", proxy.endpoint()).env("YAKEI_CONFIG", self.config());
        command.envs([("AWS_REGION", &self.region), ("AWS_DEFAULT_REGION", &self.region)]);
        let output = command.arg(event).output().await.unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let answer = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
        Ran { success: output.status.success(), answer, said }
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
