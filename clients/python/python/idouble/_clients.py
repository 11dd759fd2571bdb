"""The vendors' clients, created on first use."""

from __future__ import annotations

import functools
import os
from typing import Any

SECRET = "idouble"
REGION = "us-east-1"


@functools.cache
def _loader() -> Any:
    """Return botocore's service models. Reading them takes most of the time that a client costs."""
    import botocore.session

    return botocore.session.Session(_isolated_variables()).get_component("data_loader")


def _isolated_variables() -> dict[str, Any]:
    """Return the variables of a botocore session that reads no profile and no file."""
    return {
        "profile": (None, None, None, None),
        "config_file": (None, None, os.devnull, None),
        "credentials_file": (None, None, os.devnull, None),
    }


def aws_session(*, is_isolated: bool) -> Any:
    """Return a boto3 session that shares botocore's models with the other sessions.

    An isolated session reads no profile and no file of the machine.
    """
    try:
        import boto3.session
        import botocore.session
    except ImportError:
        raise ImportError('boto3 is not installed; pip install "idouble[aws]"') from None
    variables = _isolated_variables() if is_isolated else {}
    session = botocore.session.Session(variables)
    session.register_component("data_loader", _loader())
    return boto3.session.Session(botocore_session=session)


@functools.cache
def _isolated_session() -> Any:
    return aws_session(is_isolated=True)


def aws_client(service: str, url: str, access_key: str, options: dict[str, Any]) -> Any:
    """Return a boto3 client. ``options`` are arguments of ``boto3.client``."""
    settings = {
        "endpoint_url": url,
        "region_name": REGION,
        "aws_access_key_id": access_key,
        "aws_secret_access_key": SECRET,
    }
    return _isolated_session().client(service, **{**settings, **options})


def huawei_client(url: str, access_key: str) -> Any:
    """Return a client of Huawei Cloud's SDK for IAM Identity Center's identity store."""
    try:
        from huaweicloudsdkcore.auth.credentials import BasicCredentials
        from huaweicloudsdkidentitycenterstore.v1 import IdentityCenterStoreClient
    except ImportError:
        message = 'Huawei Cloud\'s SDK is not installed; pip install "idouble[huawei]"'
        raise ImportError(message) from None
    credentials = BasicCredentials(access_key, SECRET, "0" * 32)
    builder = IdentityCenterStoreClient.new_builder().with_credentials(credentials)
    return builder.with_endpoint(url).build()
