"""E-mail subscriptions as SNS keeps them: pending until their link is followed; what is published to them arrives.

MiniStack takes such a subscription as confirmed and drops the mail. Each mail goes to the gateway, which keeps it.
"""

import json
import os
import urllib.request
from urllib.parse import urlencode

from ministack.core.responses import new_uuid
from ministack.services import sns

MAIL = ("email", "email-json")
PENDING = "PendingConfirmation"
GATEWAY = os.environ["AWS_ENDPOINT_URL"]

subscribe = sns._subscribe
fanout = sns._fanout
confirm = sns._confirm_subscription
unsubscribe = sns._unsubscribe
publish = sns._publish

# A topic with this display name takes ASCII alone in subjects. SNS documents UTF-8, and AWS's own services rewrite theirs
# all the same: nobody knows that it takes it everywhere.
ASCII_ALONE = "ascii-subjects"


def deliver(to, topic, subject, body):
    """Hands a mail to the gateway, which answers at once."""
    mail = json.dumps({"to": to, "topic": topic, "subject": subject, "body": body}).encode()
    request = urllib.request.Request(f"{GATEWAY}/_local/mail", data=mail, headers={"Content-Type": "application/json"})
    try:
        urllib.request.urlopen(request, timeout=60).close()
    except OSError as error:
        sns.logger.error("the mail to %s is lost: %s", to, error)


def ask(subscription):
    """The mail that asks whether the address wants this. Its link is the gateway's here, an AWS page there."""
    topic, token = subscription["topic_arn"], subscription["token"]
    link = f"{GATEWAY}/?{urlencode({'Action': 'ConfirmSubscription', 'TopicArn': topic, 'Token': token})}"
    body = (
        f"You have chosen to subscribe to the topic:\n{topic}\n\nTo confirm this subscription, click or visit the link "
        f"below (If this was in error no action is necessary):\n{link}\n"
    )
    deliver(subscription["endpoint"], topic, "AWS Notification - Subscription Confirmation", body)


def subscribe_and_ask(params):
    protocol, endpoint = sns._p(params, "Protocol"), sns._p(params, "Endpoint")
    topic = sns._topic_by_arn_any_scope(sns._p(params, "TopicArn"))
    known = [it["arn"] for it in (topic or {}).get("subscriptions", [])]
    answer = subscribe(params)
    if protocol not in MAIL or answer[0] != 200:
        return answer
    subscription = next(
        it for it in topic["subscriptions"] if it["protocol"] == protocol and it["endpoint"] == endpoint
    )
    if subscription["arn"] not in known:
        subscription["confirmed"], subscription["token"] = False, new_uuid()
        subscription["attributes"] |= {"ConfirmationWasAuthenticated": "false", PENDING: "true"}
        sns._refresh_subscription_counts(topic)
    if subscription["confirmed"]:
        return answer
    ask(subscription)
    arn = subscription["arn"] if sns._p(params, "ReturnSubscriptionArn") == "true" else "pending confirmation"
    told = f"<SubscribeResult><SubscriptionArn>{arn}</SubscriptionArn></SubscribeResult>"
    return sns._xml(200, "SubscribeResponse", told)


def hiding_pending(lists):
    """A subscription has no ARN in lists before it is confirmed."""

    def answered(params):
        status, headers, body = lists(params)
        for topic in list(sns._topics.values()):
            for it in topic["subscriptions"]:
                if not it.get("confirmed"):
                    body = body.replace(f">{it['arn']}<".encode(), f">{PENDING}<".encode())
        return status, headers, body

    return answered


def confirm_again(params):
    """A link that is followed a second time says yes again."""
    topic = sns._topic_by_arn_any_scope(sns._p(params, "TopicArn"))
    token = sns._p(params, "Token")
    for it in (topic or {}).get("subscriptions", []):
        if token and it.get("followed") == token:
            told = f"<ConfirmSubscriptionResult><SubscriptionArn>{it['arn']}</SubscriptionArn></ConfirmSubscriptionResult>"
            return sns._xml(200, "ConfirmSubscriptionResponse", told)
        if token and it.get("token") == token:
            it["followed"] = token
    return confirm(params)


def unsubscribe_by_arn(params):
    arn = sns._p(params, "SubscriptionArn")
    if not arn.startswith("arn:"):
        return sns._error("InvalidParameter", f"Invalid parameter: SubscriptionArn Reason: {arn} is no ARN", 400)
    return unsubscribe(params)


def publish_with_a_subject(params):
    """SNS API reference, Publish: UTF-8 without line breaks and control characters, shorter than 100 characters."""
    subject = sns._p(params, "Subject")
    topic = sns._topic_by_arn_any_scope(sns._p(params, "TopicArn")) or {}
    ascii_alone = topic.get("attributes", {}).get("DisplayName") == ASCII_ALONE
    units = len(subject.encode("utf-16-le")) // 2
    if units >= 100 or any(ord(c) < 32 or ord(c) == 127 for c in subject) or (ascii_alone and not subject.isascii()):
        return sns._error("InvalidParameter", "Invalid parameter: Subject", 400)
    return publish(params)


def fan_out(topic_arn, message_id, message, subject, message_structure="", message_attributes=None, **rest):
    fanout(topic_arn, message_id, message, subject, message_structure, message_attributes, **rest)
    attributes = message_attributes or {}
    topic = sns._topic_by_arn_any_scope(topic_arn) or {"subscriptions": []}
    for it in list(topic["subscriptions"]):
        if it["protocol"] not in MAIL or not it.get("confirmed"):
            continue
        text = sns._resolve_message_for_protocol(message, message_structure, it["protocol"])
        if not sns._matches_filter_policy(it, attributes, text):
            continue
        if it["protocol"] == "email-json":
            text = sns._build_envelope(topic_arn, message_id, text, subject, attributes, False)
        deliver(it["endpoint"], topic_arn, subject or "AWS Notification Message", text)


def install():
    """Puts all of this in the place of MiniStack's own."""
    sns._subscribe = subscribe_and_ask
    sns._publish = publish_with_a_subject
    sns._confirm_subscription = confirm_again
    sns._unsubscribe = unsubscribe_by_arn
    sns._list_subscriptions = hiding_pending(sns._list_subscriptions)
    sns._list_subscriptions_by_topic = hiding_pending(sns._list_subscriptions_by_topic)
    sns._fanout = fan_out
