//! Buckets for logs: the trail's, and that of the accesses to it.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::get_bucket_tagging::GetBucketTaggingOutput;
use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, BucketLocationConstraint, BucketLoggingStatus, BucketVersioningStatus,
    CreateBucketConfiguration, ExpirationStatus, LifecycleExpiration, LifecycleRule, LifecycleRuleFilter,
    LoggingEnabled, NoncurrentVersionExpiration, PublicAccessBlockConfiguration, ServerSideEncryption,
    ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule, Tag, Tagging,
    VersioningConfiguration,
};
use yakei_core::plan::{
    AccessLogs, Bucket, Desired, Encryption, Ending, Found, Lifecycle, Problem, Resource, Tags, Want, Wanted,
};
use yakei_core::policies::Policy;

use super::found::by_tag;
use super::problem::Said as _;

/// The id of our lifecycle rule.
const RULE: &str = "yakei-end";

pub(super) async fn read(client: &Client, desired: &Desired, wanted: &Wanted) -> Result<Option<Found>, Problem> {
    let name = &wanted.key.name;
    match client.head_bucket().bucket(name).send().await {
        Ok(_) => {}
        // HEAD has no body and so no code.
        Err(SdkError::ServiceError(error)) if error.raw().status().as_u16() == 404 => return Ok(None),
        Err(SdkError::ServiceError(error)) if error.raw().status().as_u16() == 403 => return Ok(Some(Found::FOREIGN)),
        // A bucket of another Region: S3 says only which, and a trail may deliver to it.
        Err(SdkError::ServiceError(error))
            if matches!(error.raw().status().as_u16(), 301 | 400)
                && error.raw().headers().get("x-amz-bucket-region").is_some() =>
        {
            return Ok(Some(Found::FOREIGN));
        }
        Err(error) => return Err(error).said("s3:ListBucket"),
    }
    if matches!(wanted.want, Want::Use(_)) {
        return Ok(Some(Found::FOREIGN));
    }
    let tags = read_tags(client, name).await?;
    let bucket = whole(client, name, tags.clone()).await?;
    Ok(Some(by_tag(desired.name(), &tags, || Resource::Bucket(bucket))))
}

async fn read_tags(client: &Client, name: &str) -> Result<Tags, Problem> {
    let answer = client.get_bucket_tagging().bucket(name).send().await;
    let answer = answer.unless("s3:GetBucketTagging", &["NoSuchTagSet"])?;
    Ok(answer.iter().flat_map(GetBucketTaggingOutput::tag_set).map(|tag| (tag.key(), tag.value())).collect())
}

/// A bucket as S3 makes it, since 2023 encrypted by S3's own key.
fn empty() -> Bucket {
    Bucket {
        policy: None,
        public_access_blocked: false,
        encryption: Encryption::Managed,
        versioned: false,
        access_logs: None,
        lifecycle: None,
        endings: Vec::new(),
        tags: Tags::default(),
    }
}

async fn whole(client: &Client, name: &str, tags: Tags) -> Result<Bucket, Problem> {
    let policy = client.get_bucket_policy().bucket(name).send().await;
    let policy = policy.unless("s3:GetBucketPolicy", &["NoSuchBucketPolicy"])?;
    let block = client.get_public_access_block().bucket(name).send().await;
    let block = block.unless("s3:GetBucketPublicAccessBlock", &["NoSuchPublicAccessBlockConfiguration"])?;
    let block = block.and_then(|answer| answer.public_access_block_configuration);
    let encryption = client.get_bucket_encryption().bucket(name).send().await;
    let absent = &["ServerSideEncryptionConfigurationNotFoundError"];
    let encryption = encryption.unless("s3:GetEncryptionConfiguration", absent)?;
    let encryption = encryption.and_then(|answer| answer.server_side_encryption_configuration);
    let versioning = client.get_bucket_versioning().bucket(name).send().await.said("s3:GetBucketVersioning")?;
    let logging = client.get_bucket_logging().bucket(name).send().await.said("s3:GetBucketLogging")?;
    let rules = rules(client, name).await?;
    Ok(Bucket {
        policy: policy.and_then(|answer| answer.policy).map(|text| Policy::read(&text)),
        public_access_blocked: block.is_some_and(|block| {
            let switches = [
                block.block_public_acls(),
                block.ignore_public_acls(),
                block.block_public_policy(),
                block.restrict_public_buckets(),
            ];
            switches == [Some(true); 4]
        }),
        encryption: encryption.as_ref().map_or(Encryption::Off, encryption_of),
        versioned: versioning.status() == Some(&BucketVersioningStatus::Enabled),
        access_logs: logging
            .logging_enabled()
            .map(|on| AccessLogs { bucket: on.target_bucket().to_owned(), prefix: on.target_prefix().to_owned() }),
        lifecycle: rules.iter().find_map(lifecycle_of),
        endings: rules.iter().filter_map(ending_of).collect(),
        tags,
    })
}

fn encryption_of(found: &ServerSideEncryptionConfiguration) -> Encryption {
    let default = found.rules().iter().find_map(ServerSideEncryptionRule::apply_server_side_encryption_by_default);
    match default {
        None => Encryption::Off,
        Some(default) if *default.sse_algorithm() == ServerSideEncryption::Aes256 => Encryption::Managed,
        Some(default) => Encryption::Key(default.kms_master_key_id().unwrap_or("aws/s3").to_owned()),
    }
}

async fn rules(client: &Client, name: &str) -> Result<Vec<LifecycleRule>, Problem> {
    let answer = client.get_bucket_lifecycle_configuration().bucket(name).send().await;
    let answer = answer.unless("s3:GetLifecycleConfiguration", &["NoSuchLifecycleConfiguration"])?;
    Ok(answer.and_then(|answer| answer.rules).unwrap_or_default())
}

fn lifecycle_of(rule: &LifecycleRule) -> Option<Lifecycle> {
    let ours = rule.id() == Some(RULE) && *rule.status() == ExpirationStatus::Enabled;
    let days = rule.expiration().and_then(LifecycleExpiration::days);
    let replaced = rule.noncurrent_version_expiration().and_then(NoncurrentVersionExpiration::noncurrent_days);
    let narrowed = narrowed(rule);
    ours.then(|| Some(Lifecycle { days: days?, replaced_days: replaced?, narrowed }))?
}

/// What a rule is narrowed to; empty for every object.
fn narrowed(rule: &LifecycleRule) -> String {
    // S3 still takes and answers the prefix of old in the filter's stead.
    #[allow(deprecated)]
    let of_old = rule.prefix().filter(|prefix| !prefix.is_empty());
    if let Some(prefix) = of_old {
        return format!("the prefix {prefix}");
    }
    let Some(filter) = rule.filter() else { return String::new() };
    let prefix_alone = LifecycleRuleFilter::builder().set_prefix(filter.prefix().map(ToOwned::to_owned)).build();
    match filter.prefix() {
        None | Some("") if *filter == prefix_alone => String::new(),
        Some(prefix) if *filter == prefix_alone => format!("the prefix {prefix}"),
        _ => format!("{filter:?}"),
    }
}

/// A rule of somebody else's that removes objects.
fn ending_of(rule: &LifecycleRule) -> Option<Ending> {
    if rule.id() == Some(RULE) || *rule.status() != ExpirationStatus::Enabled {
        return None;
    }
    let expiration = rule.expiration();
    let by_date = expiration.and_then(LifecycleExpiration::date).map(|_| 0);
    let replaced = rule.noncurrent_version_expiration().and_then(NoncurrentVersionExpiration::noncurrent_days);
    let current = expiration.and_then(LifecycleExpiration::days).or(by_date);
    let days = current.into_iter().chain(replaced).min()?;
    Some(Ending { rule: rule.id().unwrap_or_default().to_owned(), days })
}

pub(super) async fn create(client: &Client, region: &str, name: &str, want: &Bucket) -> Result<(), Problem> {
    const CALL: &str = "s3:CreateBucket";
    // The tags come with the bucket, so that a run that is cut off here still knows it as its own.
    let mut configuration = CreateBucketConfiguration::builder();
    for tag in tags(&want.tags)? {
        configuration = configuration.tags(tag);
    }
    if region != "us-east-1" {
        configuration = configuration.location_constraint(BucketLocationConstraint::from(region));
    }
    let call = client.create_bucket().bucket(name).create_bucket_configuration(configuration.build());
    // Ours already when an earlier try got as far as this.
    call.send().await.unless(CALL, &["BucketAlreadyOwnedByYou"])?;
    let tags = read_tags(client, name).await?;
    update(client, name, want, &Bucket { tags, ..empty() }).await
}

pub(super) async fn update(client: &Client, name: &str, want: &Bucket, have: &Bucket) -> Result<(), Problem> {
    let Bucket {
        policy,
        public_access_blocked,
        encryption,
        versioned,
        access_logs,
        lifecycle,
        endings: _,
        tags: wanted_tags,
    } = want;
    if !wanted_tags.missing_in(&have.tags).0.is_empty() {
        // Putting tags replaces all of them.
        let mut all = have.tags.clone();
        all.0.extend(wanted_tags.0.clone());
        let tagging = Tagging::builder().set_tag_set(Some(tags(&all)?)).build().said("s3:PutBucketTagging")?;
        client.put_bucket_tagging().bucket(name).tagging(tagging).send().await.said("s3:PutBucketTagging")?;
    }
    if *public_access_blocked && !have.public_access_blocked {
        let block = PublicAccessBlockConfiguration::builder()
            .block_public_acls(true)
            .ignore_public_acls(true)
            .block_public_policy(true)
            .restrict_public_buckets(true);
        let call = client.put_public_access_block().bucket(name).public_access_block_configuration(block.build());
        call.send().await.said("s3:PutBucketPublicAccessBlock")?;
    }
    let encrypted = match encryption {
        Encryption::Off => true,
        Encryption::Managed => have.encryption != Encryption::Off,
        Encryption::ManagedAlone => have.encryption == Encryption::Managed,
        Encryption::Key(_) => false,
    };
    if !encrypted {
        encrypt(client, name, encryption).await?;
    }
    if *versioned && !have.versioned {
        let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
        let call = client.put_bucket_versioning().bucket(name).versioning_configuration(enabled);
        call.send().await.said("s3:PutBucketVersioning")?;
    }
    if let Some(lifecycle) = lifecycle.as_ref().filter(|wanted| have.lifecycle.as_ref() != Some(wanted)) {
        end(client, name, lifecycle).await?;
    }
    if let Some(policy) = policy.as_ref().filter(|wanted| have.policy.as_ref() != Some(wanted)) {
        let call = client.put_bucket_policy().bucket(name).policy(policy.to_json());
        call.send().await.said("s3:PutBucketPolicy")?;
    }
    // Last: S3 tries whether it may write there, and all else is done by then.
    if let Some(logs) = access_logs.as_ref().filter(|wanted| have.access_logs.as_ref() != Some(wanted)) {
        log_accesses(client, name, logs).await?;
    }
    Ok(())
}

async fn log_accesses(client: &Client, name: &str, logs: &AccessLogs) -> Result<(), Problem> {
    const CALL: &str = "s3:PutBucketLogging";
    let on = LoggingEnabled::builder().target_bucket(&logs.bucket).target_prefix(&logs.prefix).build().said(CALL)?;
    let status = BucketLoggingStatus::builder().logging_enabled(on).build();
    client.put_bucket_logging().bucket(name).bucket_logging_status(status).send().await.said(CALL).map(drop)
}

async fn encrypt(client: &Client, name: &str, encryption: &Encryption) -> Result<(), Problem> {
    const CALL: &str = "s3:PutEncryptionConfiguration";
    let default = ServerSideEncryptionByDefault::builder();
    let default = match encryption {
        Encryption::Key(key) => default.sse_algorithm(ServerSideEncryption::AwsKms).kms_master_key_id(key),
        Encryption::Managed | Encryption::ManagedAlone | Encryption::Off => {
            default.sse_algorithm(ServerSideEncryption::Aes256)
        }
    };
    let rule = ServerSideEncryptionRule::builder().apply_server_side_encryption_by_default(default.build().said(CALL)?);
    let rules = ServerSideEncryptionConfiguration::builder().rules(rule.build()).build().said(CALL)?;
    let call = client.put_bucket_encryption().bucket(name).server_side_encryption_configuration(rules);
    call.send().await.said(CALL)?;
    Ok(())
}

/// Puts our rule among the bucket's others.
async fn end(client: &Client, name: &str, lifecycle: &Lifecycle) -> Result<(), Problem> {
    const CALL: &str = "s3:PutLifecycleConfiguration";
    let mut all = rules(client, name).await?;
    all.retain(|rule| rule.id() != Some(RULE));
    let rule = LifecycleRule::builder()
        .id(RULE)
        .status(ExpirationStatus::Enabled)
        .filter(LifecycleRuleFilter::builder().prefix("").build())
        .expiration(LifecycleExpiration::builder().days(lifecycle.days).build())
        .noncurrent_version_expiration(
            NoncurrentVersionExpiration::builder().noncurrent_days(lifecycle.replaced_days).build(),
        );
    all.push(rule.build().said(CALL)?);
    let all = BucketLifecycleConfiguration::builder().set_rules(Some(all)).build().said(CALL)?;
    let call = client.put_bucket_lifecycle_configuration().bucket(name).lifecycle_configuration(all);
    call.send().await.said(CALL)?;
    Ok(())
}

fn tags(tags: &Tags) -> Result<Vec<Tag>, Problem> {
    tags.0.iter().map(|(key, value)| Tag::builder().key(key).value(value).build().said("s3:PutBucketTagging")).collect()
}

/// Whether a bucket is another account's or another Region's. `HeadBucket` is an object-level call: being refused is
/// recorded by no trail of management events.
pub(super) async fn is_elsewhere(client: &Client, name: &str, account: &str) -> Result<bool, Problem> {
    match client.head_bucket().bucket(name).expected_bucket_owner(account).send().await {
        Ok(_) => Ok(false),
        Err(SdkError::ServiceError(error)) => match error.raw().status().as_u16() {
            404 => Ok(false),
            403 => Ok(true),
            301 | 400 if error.raw().headers().get("x-amz-bucket-region").is_some() => Ok(true),
            _ => Err(SdkError::ServiceError(error)).said("s3:ListBucket"),
        },
        Err(error) => Err(error).said("s3:ListBucket"),
    }
}

/// The policy of a bucket that need not be ours.
pub(super) enum BucketPolicy {
    /// This one, also an empty one.
    Is(Policy),
    /// Another account's or another Region's: not to be read from here.
    Elsewhere,
    /// There is no such bucket.
    NoBucket,
}

pub(super) async fn policy(client: &Client, name: &str) -> Result<BucketPolicy, Problem> {
    let call = client.get_bucket_policy().bucket(name).send().await;
    match call.as_ref().err().and_then(ProvideErrorMetadata::code) {
        Some("NoSuchBucketPolicy") => Ok(BucketPolicy::Is(Policy::empty())),
        Some("AccessDenied" | "MethodNotAllowed" | "PermanentRedirect" | "AuthorizationHeaderMalformed") => {
            Ok(BucketPolicy::Elsewhere)
        }
        Some("NoSuchBucket") => Ok(BucketPolicy::NoBucket),
        _ => {
            let answer = call.said("s3:GetBucketPolicy")?;
            Ok(BucketPolicy::Is(answer.policy().map_or_else(Policy::empty, Policy::read)))
        }
    }
}

pub(super) async fn put_policy(client: &Client, name: &str, policy: &Policy) -> Result<(), Problem> {
    client.put_bucket_policy().bucket(name).policy(policy.to_json()).send().await.said("s3:PutBucketPolicy").map(drop)
}

pub(super) async fn delete_policy(client: &Client, name: &str) -> Result<(), Problem> {
    client.delete_bucket_policy().bucket(name).send().await.said("s3:DeleteBucketPolicy").map(drop)
}
