"""Mode `strict`: the SDKs pass with the right secret and fail as they fail at the cloud with a wrong one."""

import datetime

import boto3
import huaweicloudsdkidentitycenterstore.v1 as sdk
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

import aws as a
from server import STORE

KEYS = """
[[access_key]]
id = "AKIARIGHT"
secret = "right"

[[access_key]]
id = "ASIATEMPORARY"
secret = "right"
session_token = "token"

[[access_key]]
id = "AKIAEXPIRED"
secret = "right"
expires = "2020-01-01T00:00:00Z"

[[access_key]]
id = "AKIAREADER"
secret = "right"
allow = ["identitystore:Describe*", "identitystore:List*", "IdentityCenter:user:describe"]
"""


@pytest.fixture
def strict(spawn):
    return spawn("--auth", "strict", config=KEYS)


def aws_client(server, key="AKIARIGHT", secret="right", token=None, service="identitystore"):
    return a.session().client(
        service,
        endpoint_url=server.url,
        region_name="eu-west-1",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(retries={"total_max_attempts": 1}),
    )


def huawei_client(server, key="AKIARIGHT", secret="right", token=None):
    credentials = BasicCredentials(key, secret, "0" * 32)
    if token:
        credentials = credentials.with_security_token(token)
    builder = sdk.IdentityCenterStoreClient.new_builder().with_credentials(credentials)
    return builder.with_endpoint(server.url).build()


def list_users(huawei):
    return huawei.list_users(sdk.ListUsersRequest(identity_store_id=STORE))


@pytest.mark.parametrize("key, token", [("AKIARIGHT", None), ("ASIATEMPORARY", "token")])
def test_the_right_secret_is_accepted(strict, key, token):
    aws = aws_client(strict, key, token=token)
    page = aws.list_users(IdentityStoreId=STORE)
    user = page["Users"][0]["UserId"]
    operation = {"AttributePath": "title", "AttributeValue": "Zoë 用户"}
    aws.update_user(IdentityStoreId=STORE, UserId=user, Operations=[operation])
    assert len(list_users(huawei_client(strict, key, token=token)).users) == len(page["Users"])
    assert aws_client(strict, key, token=token, service="sso-admin").list_instances()["Instances"]
    assert aws_client(strict, key, token=token, service="organizations").list_accounts()["Accounts"]
    assert aws_client(strict, key, token=token, service="sts").get_caller_identity()["Account"]
    presigned = aws_client(strict, key, token=token, service="sts").generate_presigned_url(
        "get_caller_identity", ExpiresIn=60, HttpMethod="GET"
    )
    status, _, body = strict.http("GET", presigned.removeprefix(strict.url))
    assert status == 200, body


@pytest.mark.parametrize(
    "key, secret, token, code, reason",
    [
        ("AKIARIGHT", "wrong", None, "InvalidSignatureException", "verify aksk signature fail"),
        ("AKIAUNKNOWN", "right", None, "UnrecognizedClientException", "err:ak not exist"),
        ("ASIATEMPORARY", "right", None, "UnrecognizedClientException", "decrypt token fail"),
        ("ASIATEMPORARY", "right", "other", "UnrecognizedClientException", "decrypt token fail"),
        ("AKIARIGHT", "right", "token", "UnrecognizedClientException", "decrypt token fail"),
        ("AKIAEXPIRED", "right", None, "ExpiredTokenException", "decrypt token fail"),
    ],
)
def test_wrong_credentials_are_rejected_as_by_the_clouds(strict, key, secret, token, code, reason):
    with pytest.raises(ClientError) as error:
        aws_client(strict, key, secret, token).list_users(IdentityStoreId=STORE)
    assert error.value.response["Error"]["Code"] == code
    with pytest.raises(ClientRequestException) as error:
        list_users(huawei_client(strict, key, secret, token))
    assert (error.value.status_code, error.value.error_code) == (401, "APIGW.0301")
    assert reason in error.value.error_msg


def test_a_revoked_key_is_rejected(strict):
    aws, huawei = aws_client(strict), huawei_client(strict)
    aws.list_users(IdentityStoreId=STORE)
    strict.control("DELETE", "/access-keys/AKIARIGHT")
    with pytest.raises(ClientError, match="UnrecognizedClientException"):
        aws.list_users(IdentityStoreId=STORE)
    with pytest.raises(ClientRequestException, match="ak not exist"):
        list_users(huawei)


@pytest.mark.parametrize(
    "tamper",
    [
        lambda request: setattr(request, "body", request.body.replace(b"d-1", b"d-2")),
        lambda request: request.headers.update({"X-Amz-Target": "AWSIdentityStore.ListGroups"}),
        lambda request: request.headers.update({"X-Amz-Date": "20200101T000000Z"}),
        lambda request: request.headers.__delitem__("X-Amz-Date"),
    ],
    ids=["body", "header", "old date", "no date"],
)
def test_a_request_that_was_changed_after_signing_is_rejected(strict, tamper):
    aws = aws_client(strict)
    aws.meta.events.register("before-send", lambda request, **_: tamper(request))
    with pytest.raises(ClientError) as error:
        aws.list_users(IdentityStoreId=STORE)
    assert error.value.response["Error"]["Code"] in (
        "InvalidSignatureException",
        "IncompleteSignatureException",
    )


@pytest.mark.parametrize("minutes, text", [(-6, "Signature not yet current"), (6, "Signature expired")])
def test_the_clock_of_the_emulator_decides_whether_a_signature_is_in_time(strict, minutes, text):
    now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)
    strict.control("PUT", "/clock", {"set": now.isoformat(), "freeze": True})
    with pytest.raises(ClientError, match=text) as error:
        aws_client(strict).list_users(IdentityStoreId=STORE)
    assert error.value.response["Error"]["Code"] == "InvalidSignatureException"
    # Huawei accepts 15 minutes.
    assert list_users(huawei_client(strict)).users


def test_a_signature_for_another_service_is_rejected(strict):
    config = Config(retries={"total_max_attempts": 1})
    session = boto3.session.Session("AKIARIGHT", "right", region_name="eu-west-1")
    client = session.client("sso-admin", endpoint_url=strict.url, config=config)

    def retarget(request, **_):
        request.headers["X-Amz-Target"] = "AWSIdentityStore.ListIdentityStores"

    client.meta.events.register("before-send", retarget)
    with pytest.raises(ClientError, match="correct service: 'identitystore'"):
        client.list_instances()


def test_a_missing_permission_is_denied_with_the_resources(strict):
    aws, huawei = aws_client(strict, "AKIAREADER"), huawei_client(strict, "AKIAREADER")
    user = aws.list_users(IdentityStoreId=STORE)["Users"][0]["UserId"]
    with pytest.raises(aws.exceptions.AccessDeniedException) as error:
        aws.delete_user(IdentityStoreId=STORE, UserId=user)
    message = error.value.response["Error"]["Message"]
    assert f"identitystore:DeleteUser on resource: arn:aws:identitystore:::user/{user}" in message
    assert f"identitystore/{STORE} because no identity-based policy allows" in message
    with pytest.raises(ClientRequestException) as error:
        huawei.delete_user(sdk.DeleteUserRequest(identity_store_id=STORE, user_id=user))
    assert (error.value.status_code, error.value.error_code) == (403, "IIC.1000")
    assert error.value.encoded_auth_msg
    assert user in [shown["UserId"] for shown in aws.list_users(IdentityStoreId=STORE)["Users"]]


def test_a_session_has_a_secret_of_its_own(strict):
    session = strict.control("POST", "/sessions", {"copy": STORE})
    key, secret, store = session["access_key"], session["secret_key"], session["store"]
    aws = aws_client(strict, key, secret)
    assert aws.list_users(IdentityStoreId=store)["Users"]
    request = sdk.ListUsersRequest(identity_store_id=store)
    assert huawei_client(strict, key, secret).list_users(request).users
    with pytest.raises(ClientError, match="InvalidSignatureException"):
        aws_client(strict, key, "wrong").list_users(IdentityStoreId=store)
    strict.control("DELETE", f"/sessions/{session['id']}")
    with pytest.raises(ClientError, match="UnrecognizedClientException"):
        aws.list_users(IdentityStoreId=store)


def test_the_identity_of_the_caller_is_the_account_of_the_key(strict):
    aws, huawei = ("999999999999", "f" * 32)
    for key, account in [("AKIAOTHER", aws), ("HWOTHER", huawei)]:
        strict.control("POST", "/access-keys", {"id": key, "secret": "right", "account_id": account})
    identity = aws_client(strict, "AKIAOTHER", service="sts").get_caller_identity()
    assert (identity["Account"], identity["Arn"]) == (aws, f"arn:aws:iam::{aws}:user/idouble")
    group = aws_client(strict, "AKIAOTHER").create_group(IdentityStoreId=STORE, DisplayName="Others")
    shown = aws_client(strict).describe_group(IdentityStoreId=STORE, GroupId=group["GroupId"])
    assert aws in shown["CreatedBy"]


def test_soft_accepts_what_strict_rejects_and_journals_why(spawn):
    soft = spawn("--auth", "soft", config=KEYS)
    assert aws_client(soft, secret="wrong").list_users(IdentityStoreId=STORE)["Users"]
    entry = soft.control("GET", "/journal")["entries"][0]
    assert entry["auth"].startswith("the signature does not match; canonical request:\\nPOST\\n/")
    assert "would be rejected in mode strict" in soft.log.read_text()
