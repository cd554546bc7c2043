//! Writes a month of CloudTrail files as a bucket holds them, for measuring: always the same for the same size.
//!
//! `cargo run -p backtest --example month -- FOLDER [MEGABYTES]`
//!
//! Three accounts of an organization in three Regions, a file every quarter of an hour. The mix is that of accounts in which
//! services do most of the calls: role sessions with their long tokens, keys used, things described. One record in a
//! hundred is of a kind that some control watches for. Names, ids and addresses are made up (RFC 5737, 111122223333).
#![allow(clippy::expect_used, clippy::cast_precision_loss, clippy::indexing_slicing, clippy::format_push_string)] // a tool, not a service

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use fastrand::Rng;
use flate2::Compression;
use flate2::write::GzEncoder;

const ACCOUNTS: [&str; 3] = ["111122223333", "444455556666", "777788889999"];
const REGIONS: [&str; 3] = ["us-east-1", "eu-west-1", "ap-northeast-1"];
const AGENTS: [&str; 9] = [
    "aws-sdk-go-v2/1.30.3 os/linux lang/go#1.22.5 md/GOOS#linux md/GOARCH#amd64 api/sts#1.30.3",
    "Boto3/1.34.151 md/Botocore#1.34.151 ua/2.0 os/linux#6.1.97 md/arch#x86_64 lang/python#3.12.4 cfg/retry-mode#legacy",
    "aws-cli/2.17.20 md/awscrt#0.20.11 ua/2.0 os/macos#23.5.0 md/arch#arm64 lang/python#3.11.9 md/command#ec2.describe",
    "APN/1.0 HashiCorp/1.0 Terraform/1.9.3 (+https://www.terraform.io) terraform-provider-aws/5.60.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/127.0.0.0 Safari/537.36",
    "aws-internal/3 aws-sdk-java/1.12.750 Linux/5.10.220 OpenJDK_64-Bit_Server_VM/25.412-b09 java/1.8.0_412",
    "config.amazonaws.com",
    "eks.amazonaws.com",
    "AWS Internal",
];

/// Service, event, how many in a thousand, parameters, answer.
const KINDS: [(&str, &str, u32, &str, &str); 30] = [
    (
        "sts",
        "AssumeRole",
        140,
        r#"{"roleArn":"arn:aws:iam::@A:role/service-role/@N","roleSessionName":"@H","durationSeconds":3600}"#,
        r#"{"credentials":{"accessKeyId":"ASIA@K","sessionToken":"@T","expiration":"Oct 7, 2026, 9:41:03 AM"},"assumedRoleUser":{"assumedRoleId":"AROA@K:@H","arn":"arn:aws:sts::@A:assumed-role/@N/@H"}}"#,
    ),
    (
        "kms",
        "Decrypt",
        120,
        r#"{"encryptionContext":{"aws:lambda:FunctionArn":"arn:aws:lambda:@R:@A:function:@N"},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"}"#,
        "null",
    ),
    (
        "kms",
        "GenerateDataKey",
        70,
        r#"{"keySpec":"AES_256","encryptionContext":{"aws:s3:arn":"arn:aws:s3:::@N/@H/part-0000.parquet"},"keyId":"arn:aws:kms:@R:@A:key/@U"}"#,
        "null",
    ),
    (
        "ec2",
        "DescribeInstances",
        90,
        r#"{"maxResults":1000,"instancesSet":{},"filterSet":{"items":[{"name":"tag:Name","valueSet":{"items":[{"value":"@N"}]}}]}}"#,
        "null",
    ),
    ("ec2", "DescribeVolumes", 40, r#"{"volumeSet":{"items":[{"volumeId":"vol-@H"}]},"filterSet":{}}"#, "null"),
    (
        "ec2",
        "DescribeNetworkInterfaces",
        35,
        r#"{"networkInterfaceIdSet":{},"filterSet":{"items":[{"name":"vpc-id","valueSet":{"items":[{"value":"vpc-@H"}]}}]}}"#,
        "null",
    ),
    ("ec2", "DescribeSubnets", 25, r#"{"subnetSet":{},"filterSet":{}}"#, "null"),
    (
        "ec2",
        "DescribeSecurityGroups",
        25,
        r#"{"securityGroupSet":{},"securityGroupIdSet":{"items":[{"groupId":"sg-@H"}]},"filterSet":{}}"#,
        "null",
    ),
    (
        "logs",
        "CreateLogStream",
        70,
        r#"{"logGroupName":"/aws/lambda/@N","logStreamName":"2026/10/07/[$LATEST]@H@H"}"#,
        "null",
    ),
    ("logs", "DescribeLogGroups", 20, r#"{"logGroupNamePrefix":"/aws/lambda/@N"}"#, "null"),
    ("s3", "GetBucketAcl", 55, r#"{"bucketName":"@N-logs","Host":"@N-logs.s3.@R.amazonaws.com","acl":""}"#, "null"),
    ("s3", "ListBuckets", 15, r#"{"Host":"s3.@R.amazonaws.com"}"#, "null"),
    (
        "s3",
        "GetBucketPolicyStatus",
        15,
        r#"{"bucketName":"@N","Host":"@N.s3.@R.amazonaws.com","policyStatus":""}"#,
        "null",
    ),
    (
        "ssm",
        "UpdateInstanceInformation",
        60,
        r#"{"instanceId":"i-@H","agentVersion":"3.3.551.0","agentStatus":"Active","platformType":"Linux","platformName":"Amazon Linux","platformVersion":"2023","iPAddress":"10.0.14.7","computerName":"ip-10-0-14-7.@R.compute.internal","agentName":"amazon-ssm-agent"}"#,
        "null",
    ),
    ("ssm", "GetParameters", 25, r#"{"withDecryption":true,"names":["/@N/database/url","/@N/database/user"]}"#, "null"),
    ("iam", "GetRole", 25, r#"{"roleName":"@N"}"#, "null"),
    ("iam", "ListAttachedRolePolicies", 15, r#"{"roleName":"@N"}"#, "null"),
    ("iam", "GetPolicyVersion", 12, r#"{"policyArn":"arn:aws:iam::@A:policy/@N","versionId":"v3"}"#, "null"),
    ("sts", "GetCallerIdentity", 30, "null", "null"),
    ("rds", "DescribeDBInstances", 20, r#"{"dBInstanceIdentifier":"@N"}"#, "null"),
    ("dynamodb", "DescribeTable", 20, r#"{"tableName":"@N"}"#, "null"),
    ("lambda", "GetFunction20150331v2", 20, r#"{"functionName":"arn:aws:lambda:@R:@A:function:@N"}"#, "null"),
    ("cloudwatch", "DescribeAlarms", 20, r#"{"maxRecords":100}"#, "null"),
    ("secretsmanager", "GetSecretValue", 20, r#"{"secretId":"arn:aws:secretsmanager:@R:@A:secret:@N-Ab12Cd"}"#, "null"),
    (
        "ecr",
        "BatchGetImage",
        13,
        r#"{"registryId":"@A","repositoryName":"@N","imageIds":[{"imageTag":"v@H"}],"acceptedMediaTypes":["application/vnd.oci.image.manifest.v1+json"]}"#,
        r#"{"images":[{"imageManifest":"{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\"}"}]}"#,
    ),
    (
        "iam",
        "CreateAccessKey",
        1,
        r#"{"userName":"@N"}"#,
        r#"{"accessKey":{"accessKeyId":"AKIA@K","status":"Active","userName":"@N","createDate":"Oct 7, 2026 9:41:03 AM"}}"#,
    ),
    (
        "ec2",
        "AuthorizeSecurityGroupIngress",
        2,
        r#"{"groupId":"sg-@H","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":443,"toPort":443,"groups":{},"ipRanges":{"items":[{"cidrIp":"203.0.113.0/24"}]}}]}}"#,
        r#"{"requestId":"@U","_return":true}"#,
    ),
    (
        "iam",
        "PutRolePolicy",
        1,
        r#"{"roleName":"@N","policyName":"inline","policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"}]}"}"#,
        "null",
    ),
    ("signin", "ConsoleLogin", 1, "null", r#"{"ConsoleLogin":"Success"}"#),
    (
        "s3",
        "PutBucketPolicy",
        1,
        r#"{"bucketName":"@N","Host":"s3.amazonaws.com","bucketPolicy":{"Version":"2012-10-17","Statement":[{"Effect":"Allow"}]}}"#,
        "null",
    ),
];

fn main() {
    let mut args = std::env::args().skip(1);
    let folder = args.next().map(PathBuf::from).expect("usage: month FOLDER [MEGABYTES]");
    let megabytes: f64 = args.next().map_or(1000.0, |it| it.parse().expect("a number of megabytes"));
    let quarters: u32 = 31 * 96;
    let files = f64::from(quarters) * (ACCOUNTS.len() * REGIONS.len()) as f64;
    let bytes_a_file = megabytes * 1e6 / files;
    let mut rng = Rng::with_seed(14);
    let (mut records, mut bytes) = (0_u64, 0_u64);
    for account in ACCOUNTS {
        for region in REGIONS {
            for quarter in 0..quarters {
                let text = file(&mut rng, account, region, quarter, bytes_a_file);
                records += text.matches("{\"eventVersion\"").count() as u64;
                bytes += text.len() as u64;
                write(&folder, account, region, quarter, &text, &mut rng);
            }
        }
    }
    println!("{records} records, {bytes} bytes of JSON in {files:.0} files");
}

fn file(rng: &mut Rng, account: &str, region: &str, quarter: u32, bytes: f64) -> String {
    // By day twice as much as at night.
    let busy = if (8..18).contains(&(quarter / 4 % 24)) { 1.41 } else { 0.71 };
    let mut text = String::from("{\"Records\":[");
    let mut comma = "";
    while (text.len() as f64) < bytes * busy {
        text.push_str(comma);
        record(&mut text, rng, account, region, quarter);
        comma = ",";
    }
    text.push_str("]}");
    text
}

fn record(out: &mut String, rng: &mut Rng, account: &str, region: &str, quarter: u32) {
    let mut at = rng.u32(..KINDS.iter().map(|kind| kind.2).sum::<u32>());
    let (service, event, _, parameters, answer) = KINDS
        .into_iter()
        .find(|kind| {
            let here = at < kind.2;
            at = at.saturating_sub(kind.2);
            here
        })
        .expect("a kind");
    let name = ["orders", "billing-export", "web-frontend", "etl-nightly", "identity-sync"][rng.usize(..5)];
    let agent = AGENTS[rng.usize(..AGENTS.len())];
    let address = format!("{}.{}", ["203.0.113", "198.51.100", "10.0.14"][rng.usize(..3)], rng.u8(1..60));
    let time = format!(
        "2026-10-{:02}T{:02}:{:02}:{:02}Z",
        quarter / 96 + 1,
        quarter / 4 % 24,
        quarter % 4 * 15 + rng.u32(..15),
        rng.u32(..60)
    );
    let identity = match service {
        "signin" | "iam" => format!(
            r#"{{"type":"IAMUser","principalId":"AIDA{}","arn":"arn:aws:iam::{account}:user/{name}","accountId":"{account}","userName":"{name}"}}"#,
            key(rng)
        ),
        _ if event == "AssumeRole" => r#"{"type":"AWSService","invokedBy":"lambda.amazonaws.com"}"#.to_owned(),
        _ => format!(
            r#"{{"type":"AssumedRole","principalId":"AROAEXAMPLE{}:{name}","arn":"arn:aws:sts::{account}:assumed-role/{name}-role/{name}","accountId":"{account}","accessKeyId":"ASIA{}","sessionContext":{{"sessionIssuer":{{"type":"Role","principalId":"AROAEXAMPLE{}","arn":"arn:aws:iam::{account}:role/{name}-role","accountId":"{account}","userName":"{name}-role"}},"attributes":{{"creationDate":"{time}","mfaAuthenticated":"false"}}}}}}"#,
            name.len(),
            key(rng),
            name.len()
        ),
    };
    let source = if event == "AssumeRole" { "lambda.amazonaws.com" } else { &address };
    let (agent, source) = (if event == "AssumeRole" { source } else { agent }, source);
    let denied = rng.u32(..1000) < 4;
    let error = if denied {
        r#""errorCode":"AccessDenied","errorMessage":"User is not authorized to perform this",""#
    } else {
        "\""
    };
    let _ = write!(
        out,
        r#"{{"eventVersion":"1.10","userIdentity":{identity},"eventTime":"{time}","eventSource":"{service}.amazonaws.com","eventName":"{event}","awsRegion":"{region}","sourceIPAddress":"{source}","userAgent":"{agent}",{error}requestParameters":{},"responseElements":{},"requestID":"{}","eventID":"{}","readOnly":{},"eventType":"{}","managementEvent":true,"recipientAccountId":"{account}","eventCategory":"Management","tlsDetails":{{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"{service}.{region}.amazonaws.com"}}}}"#,
        filled(parameters, rng, account, region, name),
        if denied { "null".to_owned() } else { filled(answer, rng, account, region, name) },
        uuid(rng),
        uuid(rng),
        !event.starts_with(['C', 'P', 'A', 'U']),
        if service == "signin" { "AwsConsoleSignIn" } else { "AwsApiCall" },
    );
}

/// The text with its places filled: account, Region, name, some hex digits, a key's id, a UUID, a session's token.
fn filled(text: &str, rng: &mut Rng, account: &str, region: &str, name: &str) -> String {
    let mut parts = text.split('@');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (place, rest) = part.split_at(1);
        match place {
            "A" => out.push_str(account),
            "R" => out.push_str(region),
            "N" => out.push_str(name),
            "H" => out.push_str(&format!("{:016x}", rng.u64(..))),
            "K" => out.push_str(&key(rng)),
            "U" => out.push_str(&uuid(rng)),
            _ => out.extend((0..700).map(|_| rng.alphanumeric())),
        }
        out.push_str(rest);
    }
    out
}

fn key(rng: &mut Rng) -> String {
    (0..16).map(|_| rng.alphanumeric().to_ascii_uppercase()).collect()
}

fn uuid(rng: &mut Rng) -> String {
    let (high, low) = (rng.u64(..), rng.u64(..));
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    )
}

fn write(folder: &Path, account: &str, region: &str, quarter: u32, text: &str, rng: &mut Rng) {
    let day = quarter / 96 + 1;
    let folder = folder.join(format!("AWSLogs/o-exampleorg1/{account}/CloudTrail/{region}/2026/10/{day:02}"));
    fs::create_dir_all(&folder).expect("a folder");
    let unique: String = (0..16).map(|_| rng.alphanumeric()).collect();
    let name = format!(
        "{account}_CloudTrail_{region}_202610{day:02}T{:02}{:02}Z_{unique}.json.gz",
        quarter / 4 % 24,
        quarter % 4 * 15
    );
    let mut gz = GzEncoder::new(Vec::new(), Compression::new(6));
    gz.write_all(text.as_bytes()).expect("memory");
    fs::write(folder.join(name), gz.finish().expect("memory")).expect("a file");
}
