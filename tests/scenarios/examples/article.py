"""Makes the API calls of the CLI article's commands, one after another, in one process.

The article (https://dev.classmethod.jp/articles/setting-aws-cis-foundations-benchmark-monitoring-with-awscli/, 2018) sets up
the fourteen alarms of CIS 1.2 in every Region by shell loops over the AWS CLI. Replayed are only the calls that set
something up: no check whether it exists, no look at the result, no retry. botocore is what the CLI and boto3 call AWS with;
a command of the CLI makes the same call and pays for a process beside it.

Standard input: {"regions": […], "controls": [{"key": …, "pattern": …}, …]}.
"""

import json
import sys

from botocore.session import get_session

ACCOUNT = "000000000000"
BUCKET = "article-cloudtrail"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/article-cloudtrail"
LOGS = "CloudTrail/logs"


def document(service, action, resource):
    who = {"Service": f"{service}.amazonaws.com"} if service else None
    statement = {"Effect": "Allow", "Action": action} | ({"Principal": who} if who else {})
    return json.dumps({"Version": "2012-10-17", "Statement": [statement | ({"Resource": resource} if resource else {})]})


def once(client):
    client("ec2", "us-east-1").describe_regions()
    s3 = client("s3", "us-east-1")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=document("cloudtrail", "s3:PutObject", f"arn:aws:s3:::{BUCKET}/*"))
    iam = client("iam", "us-east-1")
    iam.create_role(
        RoleName="article-cloudtrail", AssumeRolePolicyDocument=document("cloudtrail", "sts:AssumeRole", None)
    )
    iam.put_role_policy(
        RoleName="article-cloudtrail", PolicyName="logs", PolicyDocument=document(None, "logs:PutLogEvents", "*")
    )


def in_region(client, region, controls):
    sns, logs, trail, alarms = (client(service, region) for service in ("sns", "logs", "cloudtrail", "cloudwatch"))
    topic = sns.create_topic(Name="cis-alarms")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="security@example.com")
    logs.create_log_group(logGroupName=LOGS)
    trail.create_trail(
        Name="article",
        S3BucketName=BUCKET,
        IncludeGlobalServiceEvents=False,
        CloudWatchLogsLogGroupArn=f"arn:aws:logs:{region}:{ACCOUNT}:log-group:{LOGS}:*",
        CloudWatchLogsRoleArn=ROLE,
    )
    trail.start_logging(Name="article")
    for control in controls:
        name = control["key"]
        metric = {"metricName": name, "metricNamespace": "CISBenchmark", "metricValue": "1"}
        logs.put_metric_filter(
            logGroupName=LOGS, filterName=name, filterPattern=control["pattern"], metricTransformations=[metric]
        )
        alarms.put_metric_alarm(
            AlarmName=name,
            AlarmActions=[topic],
            MetricName=name,
            Namespace="CISBenchmark",
            Statistic="Sum",
            Period=300,
            EvaluationPeriods=1,
            Threshold=1.0,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
        )


work = json.load(sys.stdin)
session = get_session()
once(lambda service, region: session.create_client(service, region))
for region in work["regions"]:
    in_region(lambda service, region: session.create_client(service, region), region, work["controls"])
