"""A client of the AWS SDK, with helpers for tests."""

import functools

import boto3
import botocore
import pytest
from botocore.config import Config

from server import STORE, fresh

CREDENTIALS = {"aws_access_key_id": "AKIDTEST", "aws_secret_access_key": "secret"}
NEWER = tuple(int(part) for part in botocore.__version__.split(".")[:2]) >= (1, 44)


@functools.cache
def session():
    return boto3.session.Session()


def client(server, attempts=1, mode="standard", check=True, service="identitystore", **more):
    """A boto3 client. `attempts`: how often it tries in all; `check`: whether it looks at parameters
    itself, before the server can."""
    config = Config(
        retries={"total_max_attempts": attempts, "mode": mode},
        parameter_validation=check,
        max_pool_connections=60,
        **more,
    )
    where = {"endpoint_url": server.url, "region_name": "us-east-1"}
    return session().client(service, config=config, **where, **CREDENTIALS)


def person(**more):
    """What CreateUser of AWS needs, with a name that no other test uses."""
    name = f"person-{fresh()}"
    needed = {
        "IdentityStoreId": STORE,
        "UserName": name,
        "DisplayName": name.title(),
        "Name": {"GivenName": "Per", "FamilyName": "Son"},
    }
    return {key: value for key, value in (needed | more).items() if value is not None}


def create(aws, **more):
    """The id of a new user, made through AWS."""
    return aws.create_user(**person(**more))["UserId"]


def describe(aws, user, **more):
    """A user as AWS shows it, without the envelope."""
    shown = aws.describe_user(IdentityStoreId=STORE, UserId=user, **more)
    shown.pop("ResponseMetadata")
    return shown


LEFT_OUT = object()


def update(aws, user, *pairs, **more):
    """UpdateUser with these (path, value) pairs; `LEFT_OUT` sends no AttributeValue at all."""
    operations = []
    for path, value in pairs:
        operation = {"AttributePath": path}
        if value is not LEFT_OUT:
            operation["AttributeValue"] = value
        operations.append(operation)
    arguments = {"IdentityStoreId": STORE, "UserId": user, "Operations": operations}
    return aws.update_user(**(arguments | more))


def expect_error(call, exception):
    """The parsed answer of a call that has to fail with this exception."""
    with pytest.raises(exception) as caught:
        call()
    return caught.value.response


def invalid(client, call):
    """The message of the validation error of a call."""
    return expect_error(call, client.exceptions.ValidationException)["Error"]["Message"]
