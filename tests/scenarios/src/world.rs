//! One local AWS with Yakei deployed in it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use aws_sdk_cloudwatch::types::StateValue;
use aws_sdk_cloudwatchlogs::types::InputLogEvent;
use aws_sdk_lambda::primitives::Blob;
use futures_util::future::try_join_all;
use jiff::Timestamp;
use local_aws::{LocalAws, Mail, Options, REGION};
use serde_json::Value;
use tempfile::TempDir;
use yakei_core::names::Name;

use crate::deploy::Deployment;
use crate::trouble::Trouble;

/// The account that MiniStack stands for.
pub const ACCOUNT: &str = "000000000000";

/// The functions' binaries.
pub const BINARIES: [&str; 3] = ["toggler", "enricher", "bootstrapper"];

/// A local AWS, the clients to look at it, and a folder for the config file that is deployed.
#[derive(Debug)]
pub struct World {
    aws: LocalAws,
    folder: TempDir,
    name: Name,
    /// CloudWatch of the local AWS.
    pub cloudwatch: aws_sdk_cloudwatch::Client,
    /// CloudWatch Logs of the local AWS, patterns included.
    pub logs: aws_sdk_cloudwatchlogs::Client,
    /// KMS of the local AWS.
    pub kms: aws_sdk_kms::Client,
    /// Lambda of the local AWS.
    pub lambda: aws_sdk_lambda::Client,
    /// SNS of the local AWS.
    pub sns: aws_sdk_sns::Client,
}

impl World {
    /// Starts a local AWS with nothing in it.
    ///
    /// # Errors
    /// [`Trouble`] when MiniStack does not start; the reason says how to mend it.
    pub async fn start() -> Result<Self, Trouble> {
        let aws = LocalAws::start(Options::default()).await.map_err(Trouble::new)?;
        let sdk = aws.sdk_config();
        Ok(Self {
            folder: TempDir::new().map_err(Trouble::call("a folder for the config"))?,
            name: Name::parse("yakei").map_err(Trouble::new)?,
            cloudwatch: aws_sdk_cloudwatch::Client::new(&sdk),
            logs: aws_sdk_cloudwatchlogs::Client::new(&sdk),
            kms: aws_sdk_kms::Client::new(&sdk),
            lambda: aws_sdk_lambda::Client::new(&sdk),
            sns: aws_sdk_sns::Client::new(&sdk),
            aws,
        })
    }

    /// Ends the local AWS with everything in it.
    pub async fn stop(self) {
        self.aws.stop().await;
    }

    /// Names of what is in the account.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// `AWS_ENDPOINT_URL` of the local AWS.
    pub fn endpoint(&self) -> String {
        self.aws.endpoint()
    }

    /// Where MiniStack and the functions log.
    pub fn log_path(&self) -> &Path {
        self.aws.log_path()
    }

    /// The config file that [`World::deploy`] sends along.
    pub fn config_path(&self) -> PathBuf {
        self.folder.path().join("yakei.toml")
    }

    /// The topic for people.
    pub fn notice_topic(&self) -> String {
        format!("arn:aws:sns:{REGION}:{ACCOUNT}:{}", self.name.notice_topic())
    }

    /// The topic that alarms publish to.
    pub fn alarm_topic(&self) -> String {
        format!("arn:aws:sns:{REGION}:{ACCOUNT}:{}", self.name.alarm_topic())
    }

    /// Writes the config and deploys these functions with it, side by side.
    ///
    /// # Errors
    /// [`Trouble`] with what cargo-lambda said.
    pub async fn deploy(&self, config: &str, binaries: &[&str]) -> Result<(), Trouble> {
        std::fs::write(self.config_path(), config).map_err(Trouble::call("writing yakei.toml"))?;
        let (endpoint, topic) = (self.endpoint(), self.notice_topic());
        try_join_all(binaries.iter().map(|binary| {
            let deployment = Deployment {
                endpoint: &endpoint,
                region: REGION,
                binary,
                function: self.function(binary),
                config_folder: self.folder.path(),
                notify_topic: &topic,
            };
            async move { deployment.run().await }
        }))
        .await?;
        Ok(())
    }

    /// The name of a binary's function in the account.
    pub fn function(&self, binary: &str) -> String {
        format!("{}-{binary}", self.name)
    }

    /// Invokes a function and waits for its answer.
    ///
    /// # Errors
    /// [`Trouble`] with the function's own error.
    pub async fn invoke(&self, binary: &str, event: &Value) -> Result<Value, Trouble> {
        let function = self.function(binary);
        let output = self
            .lambda
            .invoke()
            .function_name(&function)
            .payload(Blob::new(event.to_string()))
            .send()
            .await
            .map_err(Trouble::call(&format!("invoking {function}")))?;
        let payload = output.payload().map(Blob::as_ref).unwrap_or_default();
        let answer: Value = serde_json::from_slice(payload).map_err(|e| {
            Trouble::new(format!("{function} answered no JSON ({e}): {}", String::from_utf8_lossy(payload)))
        })?;
        match output.function_error() {
            None => Ok(answer),
            Some(kind) => Err(Trouble::new(format!("{function} failed ({kind}): {answer}"))),
        }
    }

    /// Delivers records to the trail's log group, as CloudTrail does some minutes after the event.
    ///
    /// # Errors
    /// [`Trouble`] when the log group does not take them.
    pub async fn deliver(&self, records: &[String]) -> Result<(), Trouble> {
        self.deliver_at(records, Timestamp::now()).await
    }

    /// The same as of another time, of the last fourteen days: what was delivered before the story begins.
    ///
    /// # Errors
    /// [`Trouble`] when the log group does not take them.
    pub async fn deliver_at(&self, records: &[String], at: Timestamp) -> Result<(), Trouble> {
        let group = self.name.log_group();
        let stream = format!("{ACCOUNT}_CloudTrail_{REGION}");
        let made = self.logs.create_log_stream().log_group_name(&group).log_stream_name(&stream).send().await;
        if let Err(error) = made {
            let error = error.into_service_error();
            if !error.is_resource_already_exists_exception() {
                return Err(Trouble::call("making the log stream")(error));
            }
        }
        for batch in batches(records) {
            let at = at.as_millisecond();
            let events = batch.iter().filter_map(|r| InputLogEvent::builder().timestamp(at).message(r).build().ok());
            self.logs
                .put_log_events()
                .log_group_name(&group)
                .log_stream_name(&stream)
                .set_log_events(Some(events.collect()))
                .send()
                .await
                .map_err(Trouble::call("putting the records into the log group"))?;
        }
        Ok(())
    }

    /// Whether an alarm is in ALARM, and whether its actions are enabled.
    ///
    /// # Errors
    /// [`Trouble`] when there is no such alarm.
    pub async fn alarm(&self, alarm: &str) -> Result<(bool, bool), Trouble> {
        let output = self
            .cloudwatch
            .describe_alarms()
            .alarm_names(alarm)
            .send()
            .await
            .map_err(Trouble::call("DescribeAlarms"))?;
        let found = output.metric_alarms().first().ok_or_else(|| Trouble::new(format!("there is no alarm {alarm}")))?;
        Ok((found.state_value() == Some(&StateValue::Alarm), found.actions_enabled().unwrap_or_default()))
    }

    /// Lets twenty minutes pass, after which the alarms that look back for less are OK again by themselves.
    ///
    /// # Errors
    /// [`Trouble`] when the local AWS does not answer.
    pub async fn let_time_pass(&self) -> Result<(), Trouble> {
        self.aws.let_time_pass(Duration::from_mins(20)).await.map_err(Trouble::call("letting time pass"))
    }

    /// Every mail to people that has arrived so far, oldest first, the requests for a confirmation apart.
    pub fn mails(&self) -> Vec<Mail> {
        let topic = self.notice_topic();
        self.aws.mails().into_iter().filter(|mail| mail.topic == topic && mail.confirmation().is_none()).collect()
    }

    /// The mails that ask whether an address wants to be subscribed.
    pub fn confirmations(&self) -> Vec<Mail> {
        self.aws.mails().into_iter().filter(|mail| mail.confirmation().is_some()).collect()
    }

    /// Follows the link in each of them, as the people who got them would.
    ///
    /// # Errors
    /// [`Trouble`] when the local AWS does not answer.
    pub async fn confirm(&self) -> Result<(), Trouble> {
        self.aws.confirm().await.map_err(Trouble::call("confirming the subscriptions"))?;
        Ok(())
    }

    /// Subscribes a program to a topic, as `https` would be; what it gets is in [`World::received`].
    ///
    /// # Errors
    /// [`Trouble`] when SNS refuses, or nothing asks for the confirmation.
    pub async fn read_along(&self, topic: &str) -> Result<(), Trouble> {
        let inbox = self.aws.inbox();
        let call = self.sns.subscribe().topic_arn(topic).protocol("http").endpoint(inbox).send().await;
        call.map(drop).map_err(Trouble::call("subscribing a program"))
    }

    /// What the program of [`World::read_along`] has got so far from a topic, oldest first.
    pub fn received(&self, topic: &str) -> Vec<String> {
        self.aws.received(topic)
    }

    /// Waits until a mail beyond the first `seen` meets `wanted`.
    ///
    /// # Errors
    /// [`Trouble`] when none came within `limit`.
    pub async fn mail(&self, seen: usize, limit: Duration, wanted: impl Fn(&Mail) -> bool) -> Result<Mail, Trouble> {
        let started = Instant::now();
        loop {
            if let Some(mail) = self.mails().into_iter().skip(seen).find(&wanted) {
                return Ok(mail);
            }
            if started.elapsed() > limit {
                return Err(Trouble::new(format!("no such mail came within {} s", limit.as_secs())));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// `PutLogEvents` takes 10,000 events and 1 MiB a call, each event counting 26 bytes more than its text.
fn batches(records: &[String]) -> Vec<&[String]> {
    const BYTES: usize = 1_000_000;
    let (mut batches, mut from, mut size) = (Vec::new(), 0, 0);
    for (at, record) in records.iter().enumerate() {
        let more = record.len() + 26;
        if size + more > BYTES || at - from == 10_000 {
            batches.extend(records.get(from..at));
            (from, size) = (at, 0);
        }
        size += more;
    }
    batches.extend(records.get(from..));
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_keep_order_and_limits() {
        let records: Vec<String> = (0..25_000).map(|n| format!("{{\"n\":{n}}}")).collect();
        let sizes: Vec<usize> = batches(&records).iter().map(|b| b.len()).collect();
        assert_eq!(sizes.iter().sum::<usize>(), records.len());
        assert!(sizes.iter().all(|&n| n <= 10_000));
        let large = vec!["x".repeat(300_000); 7];
        assert_eq!(batches(&large).iter().map(|b| b.len()).collect::<Vec<_>>(), [3, 3, 1]);
    }
}
