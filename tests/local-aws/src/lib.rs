//! The local AWS: MiniStack from `PyPI`, whose alarms and mail are replaced by ours (`ministack/alarms.py`, `ministack/mail.py`),
//! and in front of it a gateway that adds what it lacks around CloudWatch Logs filter patterns. Everything else passes
//! through untouched.
//!
//! - `FilterLogEvents` honours the pattern, both ends of the time range, `limit`, and pages.
//! - `TestMetricFilter` answers.
//! - `PutMetricFilter`, `PutSubscriptionFilter` and the two above refuse invalid patterns as AWS refuses them.
//! - `PutLogEvents` feeds the log group's metric filters into `PutMetricData`.
//! - Alarms are evaluated as CloudWatch does, go back to OK when time passes for them ([`LocalAws::let_time_pass`]),
//!   and send what AWS sends: the datapoints in the reason, the whole trigger, the actions.
//! - E-mail subscriptions wait for their confirmation ([`LocalAws::confirm`]); all mail is kept for [`LocalAws::mails`].
//!
//! Both listen on loopback only; when this process ends, however it ends, nothing is left running.
//!
//! ```no_run
//! # async fn example() -> Result<(), local_aws::StartError> {
//! use local_aws::{LocalAws, Options};
//!
//! let aws = LocalAws::start(Options::default()).await?;
//! let config = aws.sdk_config(); // for any aws-sdk-* client
//! println!("{} (MiniStack's log: {})", aws.endpoint(), aws.log_path().display());
//! aws.stop().await;
//! # Ok(()) }
//! ```

use std::collections::BTreeSet;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_types::SdkConfig;
use aws_types::region::Region;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::callers::Callers;
use crate::gateway::Seen;
use crate::mail::{Inbox, Outbox};
use crate::meter::Meter;
use crate::ministack::MiniStack;
use crate::upstream::Upstream;

pub use crate::callers::Call;
pub use crate::mail::Mail;
pub use crate::start_error::StartError;

mod callers;
mod filter_log_events;
mod gateway;
mod mail;
mod meter;
mod metric_filters;
mod ministack;
mod patterns;
mod refusal;
mod start_error;
mod upstream;

/// The Region that [`LocalAws::sdk_config`] names; the local AWS has all of them.
pub const REGION: &str = "us-east-1";

/// Where and how the local AWS runs.
#[derive(Debug, Clone)]
pub struct Options {
    /// The gateway's port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The Python environment that `tests/local-aws/venv.sh` makes.
    pub venv: PathBuf,
    /// Folder for MiniStack's log and, while it runs, its work files.
    pub home: PathBuf,
    /// Added to each call, as a network would; none by default.
    pub delay: Duration,
    /// Whether the clock acts on alarms by itself. By default time passes for them when they are told
    /// ([`LocalAws::let_time_pass`]) and no other way, so that what happens does not depend on how slow the machine is.
    pub clock: bool,
}

/// A free port, `.venv` and `.local` of this checkout.
impl Default for Options {
    fn default() -> Self {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let checkout = here.ancestors().nth(2).unwrap_or(here);
        Self {
            port: 0,
            venv: checkout.join(".venv"),
            home: checkout.join(".local"),
            delay: Duration::ZERO,
            clock: false,
        }
    }
}

/// A running local AWS. Dropping it ends it; [`LocalAws::stop`] also waits until it is gone.
#[derive(Debug)]
pub struct LocalAws {
    ministack: MiniStack,
    gateway: JoinHandle<()>,
    seen: Seen,
    address: SocketAddr,
}

impl LocalAws {
    /// Starts MiniStack and the gateway; both answer when this returns. Several can run side by side.
    ///
    /// # Errors
    /// [`StartError`], whose text says what is missing and how to mend it.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let port = options.port;
        let refused = |source| StartError::Port { port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let ministack = MiniStack::start(&options, address).await?;
        let seen = Seen {
            outbox: Arc::<Outbox>::default(),
            inbox: Arc::<Inbox>::default(),
            meter: Arc::new(Meter::new(options.delay)),
            callers: Arc::<Callers>::default(),
        };
        let gateway = tokio::spawn(gateway::serve(listener, ministack.upstream(), seen.clone(), options.clock));
        Ok(Self { ministack, gateway, seen, address })
    }

    /// The value for `AWS_ENDPOINT_URL`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// MiniStack's log. It outlives the run, by a day.
    pub fn log_path(&self) -> &Path {
        self.ministack.log()
    }

    /// Settings for SDK clients: this endpoint, [`REGION`], and credentials that stand for MiniStack's default account.
    pub fn sdk_config(&self) -> SdkConfig {
        let credentials = Credentials::new("test", "test", None, None, "local-aws");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .endpoint_url(self.endpoint())
            .region(Region::from_static(REGION))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build()
    }

    /// Every mail so far, oldest first: what was published to topics with confirmed e-mail subscriptions, and the
    /// requests for a confirmation.
    pub fn mails(&self) -> Vec<Mail> {
        self.seen.outbox.mails()
    }

    /// Follows the link in every mail so far that asks for a confirmation, as the people who got them would; how many
    /// there were. A link that was followed before has no effect.
    ///
    /// # Errors
    /// When MiniStack does not answer.
    pub async fn confirm(&self) -> io::Result<usize> {
        let (mut followed, upstream) = (0, self.ministack.upstream());
        for mail in self.mails() {
            let Some(link) = mail.confirmation() else { continue };
            upstream.click(link).await.map_err(io::Error::other)?;
            followed += 1;
        }
        Ok(followed)
    }

    /// The address of a program that may be subscribed to topics by `http`. It confirms at once.
    pub fn inbox(&self) -> String {
        format!("{}{}", self.endpoint(), gateway::INBOX)
    }

    /// The messages that this program has got so far from a topic, oldest first.
    pub fn received(&self, topic: &str) -> Vec<String> {
        self.seen.inbox.of(topic)
    }

    /// Lets time pass for the alarms: to them all data so far is so much older, and they are evaluated. Those in ALARM go
    /// back to OK by themselves, as they do on AWS after some minutes. Clocks do not change.
    ///
    /// # Errors
    /// When MiniStack does not answer.
    pub async fn let_time_pass(&self, time: Duration) -> io::Result<()> {
        self.ministack.upstream().evaluate(Some(time)).await.map_err(io::Error::other)
    }

    /// How many calls to AWS it has got so far.
    pub fn calls(&self) -> u64 {
        self.seen.meter.calls()
    }

    /// Waits for the `count`th call from now, carries it out and never answers it, nor any call after it: the point
    /// at which to kill whoever calls. [`LocalAws::answer_again`] ends the silence.
    pub async fn fall_silent(&self, count: u64) {
        self.seen.meter.silence(count).await;
    }

    /// Ends the silence. Calls that wait get no answer all the same.
    pub fn answer_again(&self) {
        self.seen.meter.answer();
    }

    /// Which function made which kinds of calls, as far as its calls name themselves.
    pub fn calls_by_function(&self) -> BTreeSet<Call> {
        self.seen.callers.calls()
    }

    /// Empties it: no functions, log groups, alarms or anything else is left.
    ///
    /// # Errors
    /// When MiniStack does not answer.
    pub async fn reset(&self) -> io::Result<()> {
        Upstream::new(self.address.port()).reset().await.map_err(io::Error::other)
    }

    /// Waits until MiniStack ends of its own accord, which it should not, and says how.
    pub async fn ended(&mut self) -> StartError {
        self.ministack.ended().await
    }

    /// Ends it with every function that it runs, and waits until they are gone.
    pub async fn stop(self) {
        self.gateway.abort();
        let _ = self.gateway.await; // its port is free from here on
        self.ministack.stop().await;
    }
}
