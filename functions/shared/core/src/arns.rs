//! ARNs, built from where a thing stands and its name.

use crate::regions;

/// Whether it is an account's id: twelve digits (IAM user guide, "AWS account identifiers").
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// An account, a Region and the partition that they belong to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: String,
    /// Twelve digits.
    pub account: String,
    /// `eu-west-1`.
    pub region: String,
}

impl Place {
    fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}:{}:{}:{resource}", self.partition, self.region, self.account)
    }

    /// The same account in another Region.
    #[must_use]
    pub fn in_region(&self, region: &str) -> Self {
        Self { region: region.to_owned(), ..self.clone() }
    }

    /// The Region in which the partition's global services record: IAM, STS, console sign-ins; `None` where that is not
    /// known.
    pub fn global_region(&self) -> Option<&'static str> {
        regions::global_region(&self.partition)
    }

    /// A bucket; S3 names neither account nor Region.
    pub fn bucket(&self, name: &str) -> String {
        format!("arn:{}:s3:::{name}", self.partition)
    }

    /// The account itself, as a principal.
    pub fn root(&self) -> String {
        format!("arn:{}:iam::{}:root", self.partition, self.account)
    }

    /// A role without a path.
    pub fn role(&self, name: &str) -> String {
        format!("arn:{}:iam::{}:role/{name}", self.partition, self.account)
    }

    /// A trail of this Region.
    pub fn trail(&self, name: &str) -> String {
        self.arn("cloudtrail", &format!("trail/{name}"))
    }

    /// A log group, without the `:*` that CloudTrail wants.
    pub fn log_group(&self, name: &str) -> String {
        self.arn("logs", &format!("log-group:{name}"))
    }

    /// An alarm.
    pub fn alarm(&self, name: &str) -> String {
        self.arn("cloudwatch", &format!("alarm:{name}"))
    }

    /// A topic.
    pub fn topic(&self, name: &str) -> String {
        self.arn("sns", name)
    }

    /// An alias of a key, `alias/…`.
    pub fn key_alias(&self, alias: &str) -> String {
        self.arn("kms", alias)
    }

    /// A queue.
    pub fn queue(&self, name: &str) -> String {
        self.arn("sqs", name)
    }

    /// A function.
    pub fn function(&self, name: &str) -> String {
        self.arn("lambda", &format!("function:{name}"))
    }

    /// An EventBridge Scheduler group.
    pub fn schedule_group(&self, name: &str) -> String {
        self.arn("scheduler", &format!("schedule-group/{name}"))
    }
}

/// The partition in an ARN: `aws`.
pub fn partition(arn: &str) -> Option<&str> {
    field(arn, 1)
}

/// The service in an ARN: `sqs`.
pub fn service(arn: &str) -> Option<&str> {
    field(arn, 2)
}

/// `arn:partition:service:region:account:resource`: one of the first five.
fn field(arn: &str, index: usize) -> Option<&str> {
    let mut fields = arn.split(':');
    let field = if fields.next() == Some("arn") { fields.nth(index.checked_sub(1)?)? } else { return None };
    (!field.is_empty()).then_some(field)
}

/// The Region in an ARN; some services' ARNs have none.
pub fn region(arn: &str) -> Option<&str> {
    field(arn, 3)
}

/// The account in an ARN; some services' ARNs have none.
pub fn account(arn: &str) -> Option<&str> {
    field(arn, 4)
}

/// A log group's ARN without the `:*` that CloudTrail writes after it.
pub fn log_group(arn: &str) -> &str {
    arn.strip_suffix(":*").unwrap_or(arn)
}

/// The name of a log group in its ARN, with or without the trailing `:*`.
pub fn log_group_name(arn: &str) -> Option<&str> {
    let name = arn.splitn(7, ':').nth(6)?;
    let name = name.strip_suffix(":*").unwrap_or(name);
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_an_arn_are_read_and_what_is_none_has_none() {
        let parts = |arn| (partition(arn), service(arn), region(arn), account(arn));
        let queue = "arn:aws-cn:sqs:cn-north-1:111122223333:q";
        assert_eq!(parts(queue), (Some("aws-cn"), Some("sqs"), Some("cn-north-1"), Some("111122223333")));
        assert_eq!(parts("arn:aws:s3:::bucket"), (Some("aws"), Some("s3"), None, None));
        for none in ["", "alias/aws/sns", "a:b:c:d:e:f", "arn"] {
            assert_eq!(parts(none), (None, None, None, None), "{none}");
        }
    }

    #[test]
    fn a_log_groups_name_is_read_from_its_arn() {
        let place = Place { partition: "aws".into(), account: "1".into(), region: "r".into() };
        assert_eq!(log_group_name(&place.log_group("/a/b")), Some("/a/b"));
        assert_eq!(log_group_name("arn:aws:logs:r:1:log-group:/a/b:*"), Some("/a/b"));
        assert_eq!(log_group_name("nonsense"), None);
    }
}
