//! AWS's Regions and partitions, as far as anything depends on them.
//!
//! Which Regions an account has is AWS's to say; here stands only what no call tells: to which partition a Region
//! belongs, where its global services record, and which Regions need no opting in. What is not known gets no advice.

/// The Regions of the partition `aws` that every account has without opting in (Account Management Reference Guide,
/// "Enable or disable AWS Regions in your account"). Every Region that was added since 2019 must be opted into.
pub const BY_DEFAULT: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// What a Region's name begins with, its partition, and the Region in which that partition's global services record.
const PARTITIONS: [(&str, &str, &str); 7] = [
    ("cn-", "aws-cn", "cn-north-1"),
    ("us-gov-", "aws-us-gov", "us-gov-west-1"),
    ("eusc-", "aws-eusc", "eusc-de-east-1"),
    ("us-iso-", "aws-iso", "us-iso-east-1"),
    ("us-isob-", "aws-iso-b", "us-isob-east-1"),
    ("eu-isoe-", "aws-iso-e", "eu-isoe-west-1"),
    ("us-isof-", "aws-iso-f", "us-isof-south-1"),
];

/// Whether a text has the form of a Region's name: `eu-west-1`, `us-gov-east-1`.
pub fn is_region(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    let letters = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    let (Some((number, words)), true) = (parts.split_last(), text.len() <= 32) else { return false };
    words.len() >= 2 && words.iter().all(letters) && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())
}

/// The partition of a Region.
pub fn partition(region: &str) -> &'static str {
    PARTITIONS.iter().find(|(prefix, ..)| region.starts_with(prefix)).map_or("aws", |(_, partition, _)| partition)
}

/// The Region in which a partition's global services record: IAM, STS, the console's global address. `None` for a
/// partition that is not known here.
pub fn global_region(partition: &str) -> Option<&'static str> {
    if partition == "aws" {
        return Some("us-east-1");
    }
    PARTITIONS.iter().find(|(_, known, _)| *known == partition).map(|(.., region)| *region)
}

/// The Regions in which the sign-ins of IAM users are recorded that begin at the console's global address, beside the
/// global one (AWS Sign-In User Guide, "Sign-in Region"); none where only Regional addresses are known.
pub fn sign_in_regions(partition: &str) -> &'static [&'static str] {
    if partition == "aws" { &["us-east-2", "eu-north-1", "ap-southeast-2"] } else { &[] }
}

/// Whether a Region must be opted into.
pub fn is_opt_in(region: &str) -> bool {
    partition(region) == "aws" && !BY_DEFAULT.contains(&region)
}

/// How SNS presents itself when a topic of one Region invokes a function of another; `None` where it cannot
/// (SNS Developer Guide, "Cross-region delivery").
pub fn sns_principal(topic: &str, function: &str) -> Option<String> {
    match (topic == function, is_opt_in(topic), is_opt_in(function)) {
        (true, ..) | (_, false, false) => Some("sns.amazonaws.com".to_owned()),
        (_, true, false) => Some(format!("sns.{topic}.amazonaws.com")),
        (_, _, true) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_regions_partition_follows_from_its_name() {
        for (region, expected, global) in [
            ("eu-west-1", "aws", "us-east-1"),
            ("eu-south-1", "aws", "us-east-1"),
            ("cn-northwest-1", "aws-cn", "cn-north-1"),
            ("us-gov-east-1", "aws-us-gov", "us-gov-west-1"),
            ("eusc-de-east-1", "aws-eusc", "eusc-de-east-1"),
            ("us-iso-west-1", "aws-iso", "us-iso-east-1"),
            ("us-isob-east-1", "aws-iso-b", "us-isob-east-1"),
            ("eu-isoe-west-1", "aws-iso-e", "eu-isoe-west-1"),
            ("us-isof-east-1", "aws-iso-f", "us-isof-south-1"),
        ] {
            assert_eq!((partition(region), global_region(expected)), (expected, Some(global)), "{region}");
        }
        assert_eq!(global_region("aws-moon"), None);
    }

    #[test]
    fn sns_crosses_regions_only_where_aws_says_so() {
        let principal = |topic: &str, function: &str| sns_principal(topic, function);
        assert_eq!(principal("eu-west-1", "us-east-1").as_deref(), Some("sns.amazonaws.com"));
        assert_eq!(principal("eu-south-1", "eu-south-1").as_deref(), Some("sns.amazonaws.com"));
        assert_eq!(principal("eu-south-1", "eu-west-1").as_deref(), Some("sns.eu-south-1.amazonaws.com"));
        assert_eq!(principal("eu-west-1", "eu-south-1"), None);
        assert_eq!(principal("il-central-1", "eu-south-1"), None);
        assert_eq!(principal("us-gov-west-1", "us-gov-east-1").as_deref(), Some("sns.amazonaws.com"));
    }
}
