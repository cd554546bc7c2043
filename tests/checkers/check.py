"""Sets up an account of the local AWS by Yakei and lets Prowler and cloud-audit look at it.

All their checks of CloudWatch, CloudTrail and SNS run. Those that fail for a reason that Yakei does not mend are named
below with the reason; any other failure ends this with status 1. Run by run.sh, in the checkout.
"""

import importlib
import io
import logging
import os
import pkgutil
import subprocess
import sys
import zipfile

REGION = "us-east-1"

OWN_KEY = "a customer key is the owner's choice; CIS monitoring does not ask for one"
DATA = "data events are charged by the event; CIS has them in another section"
FAILS = {
    "cloudtrail_bucket_requires_mfa_delete": "only root can switch it on, by hand",
    "cloudtrail_cloudwatch_logging_enabled": "the emulator's trail delivers nothing",
    "cloudtrail_insights_exist": "Insights are charged extra; the emulator has none",
    "cloudtrail_kms_encryption_enabled": OWN_KEY,
    "cloudtrail_logs_s3_bucket_access_logging_enabled": "asks for a second bucket; CIS has it in another section",
    "cloudtrail_s3_dataevents_read_enabled": DATA,
    "cloudtrail_s3_dataevents_write_enabled": DATA,
    "cloudwatch_log_group_kms_encryption_enabled": OWN_KEY,
    "sns_topics_kms_encryption_at_rest_enabled": "only with [notify] kms_key: the key costs, and must let CloudWatch in",
    "aws-ct-004": "asks for a second bucket; CIS has it in another section",
    "aws-ct-005": OWN_KEY,
    "aws-ct-006": DATA,
    "aws-ct-007": DATA,
    "aws-cw-002": "looks for the word UnauthorizedAccess; CIS's pattern says *UnauthorizedOperation",
    "aws-cw-016": OWN_KEY,
}
# They read a day's events, or need a scanner of their own.
LEFT_OUT = ("cloudtrail_threat_detection_", "cloudwatch_log_group_no_secrets_in_logs")


def set_up():
    """A toggler and an enricher that nobody invokes, and everything that `apply` makes."""
    import boto3

    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    for name in ("yakei-toggler", "yakei-enricher"):
        boto3.client("lambda").create_function(
            FunctionName=name,
            Runtime="provided.al2023",
            Handler="bootstrap",
            Role="arn:aws:iam::000000000000:role/local",
            Code={"ZipFile": empty.getvalue()},
        )
    applied = subprocess.run(["target/lambda/host/bootstrapper/bootstrap", "apply"], capture_output=True, text=True)
    if applied.returncode != 0:
        sys.exit(applied.stderr)


def prowler():
    """(check, passed, what it says) of every finding."""
    from prowler.providers.aws.aws_provider import AwsProvider
    from prowler.providers.common.models import Audit_Metadata
    from prowler.providers.common.provider import Provider

    names = []
    for service in ("cloudtrail", "cloudwatch", "sns"):
        parts = pkgutil.iter_modules(importlib.import_module(f"prowler.providers.aws.services.{service}").__path__)
        names += [part.name for part in parts if part.ispkg and part.name.startswith(service + "_")]
    names = [name for name in names if not name.startswith(LEFT_OUT)]
    provider = AwsProvider(regions={REGION})
    provider.audit_metadata = Audit_Metadata(
        services_scanned=3, expected_checks=names, completed_checks=0, audit_progress=0
    )
    Provider.set_global_provider(provider)
    for name in names:
        service = name.partition("_")[0]
        check = importlib.import_module(f"prowler.providers.aws.services.{service}.{name}.{name}")
        for finding in getattr(check, name)().execute():
            yield name, finding.status == "PASS", finding.status_extended


def cloud_audit():
    """The same of cloud-audit, which tells only what is wrong."""
    from cloud_audit.providers.aws.checks import cloudtrail, cloudwatch
    from cloud_audit.providers.aws.provider import AWSProvider

    provider = AWSProvider(regions=[REGION])
    for check in cloudwatch.get_checks(provider) + cloudtrail.get_checks(provider):
        result = check()
        wrong = [finding.title for finding in result.findings] + ([result.error] if result.error else [])
        yield f"{result.check_id} {result.check_name}", not wrong, "; ".join(wrong)


def report(checker, findings):
    """Prints one line a check; the number of those that failed for no reason that is known."""
    checks = {}
    for name, passed, said in findings:
        ok, count, first = checks.get(name, (True, 0, ""))
        checks[name] = (ok and passed, count + 1, first if first and (passed or not ok) else said)
    print(f"\n{checker}: {len(checks)} checks, {sum(ok for ok, _, _ in checks.values())} pass")
    unknown = 0
    for name, (ok, count, said) in sorted(checks.items(), key=lambda check: (not check[1][0], check[0])):
        print(f"  {'pass' if ok else 'FAIL'} {count:3} {name}")
        if not ok:
            reason = FAILS.get(name.partition(" ")[0])
            unknown += reason is None
            print(f"           {said}\n           {reason or 'NO REASON IS KNOWN'}")
    return unknown


def main():
    local = subprocess.Popen(["target/debug/local-aws"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        endpoint = local.stdout.readline().strip().partition("=")[2]
        os.environ.update(
            AWS_ENDPOINT_URL=endpoint,
            AWS_REGION=REGION,
            AWS_DEFAULT_REGION=REGION,
            AWS_ACCESS_KEY_ID="test",
            AWS_SECRET_ACCESS_KEY="test",
            YAKEI_CONFIG="infra/yakei.toml",
        )
        set_up()
        logging.disable(logging.CRITICAL)  # Prowler also reads what the emulator does not have
        unknown = report("Prowler", prowler()) + report("cloud-audit", cloud_audit())
    finally:
        local.terminate()
        local.wait()
    sys.exit(1 if unknown else 0)


main()
