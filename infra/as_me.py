"""Runs a program with the credentials and the Region that the AWS CLI would use.

The programs know credentials in the environment alone, to keep the functions small; botocore, which comes with the local
AWS, knows profiles, single sign-on, assumed roles and all other places.

    .venv/bin/python infra/as_me.py PROGRAM [ARGUMENT...]
"""

import os
import sys

import botocore.exceptions
import botocore.session

try:
    session = botocore.session.get_session()
    credentials = session.get_credentials()
    region = session.get_config_variable("region")
    frozen = credentials and credentials.get_frozen_credentials()
except botocore.exceptions.BotoCoreError as error:
    sys.exit(f"error: {error}")
if not frozen:
    sys.exit("error: there are no credentials: set AWS_PROFILE, or sign in first")
os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"] = frozen.access_key, frozen.secret_key
os.environ.pop("AWS_SESSION_TOKEN", None)
if frozen.token:
    os.environ["AWS_SESSION_TOKEN"] = frozen.token
os.environ.pop("AWS_PROFILE", None)
if region:
    os.environ.setdefault("AWS_REGION", region)
if not os.environ.get("AWS_ENDPOINT_URL"):  # set to nothing, the SDK takes it for an address
    os.environ.pop("AWS_ENDPOINT_URL", None)
os.execvp(sys.argv[1], sys.argv[1:])
