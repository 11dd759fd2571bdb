"""Mode `strict`: each client of Python passes with the right secret, and fails with the cloud's error for each fault.

The same faults are tested with the Node SDKs in `node/test/auth.test.js` and with the Rust SDK in `rust/tests/auth.rs`.
"""

import contextlib
import dataclasses
import datetime
import functools
import http.client
import http.server
import json
import re
import threading
import urllib.parse
from collections.abc import Callable

import huaweicloudsdkidentitycenterstore.v1 as sdk
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdkcore.region.region import Region

import aws as a
from aws_cli import AwsCli
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

REGION = "eu-west-1"
ALTERNATE = {"UniqueAttribute": {"AttributePath": "userName", "AttributeValue": "alice"}}


@dataclasses.dataclass(frozen=True)
class Key:
    """What a client signs with. `service` is set if it signs for another service than its own."""

    id: str = "AKIARIGHT"
    secret: str = "right"
    token: str | None = None
    service: str | None = None


@pytest.fixture
def strict(spawn):
    return spawn("--auth", "strict", config=KEYS)


def aws_client(url, key=Key(), service="identitystore"):
    client = a.session().client(
        service,
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=key.id,
        aws_secret_access_key=key.secret,
        aws_session_token=key.token,
        config=Config(retries={"total_max_attempts": 1}),
    )
    client.meta.events.register("before-sign", lambda request, **_: sign_for(key.service, request))
    return client


def sign_for(service, request):
    """Have botocore sign a request for a service, if it is not None."""
    if service:
        request.context["signing"] = {"signing_name": service}


def huawei_client(url, key=Key()):
    credentials = BasicCredentials(key.id, key.secret, "0" * 32)
    if key.token:
        credentials = credentials.with_security_token(key.token)
    builder = sdk.IdentityCenterStoreClient.new_builder().with_credentials(credentials)
    if key.service:
        # Only V11-HMAC-SHA256 names a service.
        credentials.with_derived_predicate(lambda _: True)
        builder = builder._with_derived_auth_service_name(key.service)
        return builder.with_region(Region("cn-north-4", url)).build()
    return builder.with_endpoint(url).build()


# Each calls GetUserId, because its request has a body in both clouds. Returns the code and the message of an error, or None.


def call_with_boto3(url, key):
    try:
        aws_client(url, key).get_user_id(IdentityStoreId=STORE, AlternateIdentifier=ALTERNATE)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]


@functools.cache
def aws_cli():
    return AwsCli()


def call_with_the_aws_cli(url, key):
    cli = aws_cli()
    cli.session.set_credentials(key.id, key.secret, key.token)
    cli.session.register("before-sign", lambda request, **_: sign_for(key.service, request), unique_id="service")
    words = ["--identity-store-id", STORE, "--alternate-identifier", json.dumps(ALTERNATE)]
    words += ["--endpoint-url", url, "--region", REGION]
    code, output, errors = cli.run("identitystore", "get-user-id", *words)
    cli.session.unregister("before-sign", unique_id="service")
    if code == 0:
        assert json.loads(output)["UserId"]
        return None
    found = re.fullmatch(r"(?s)An error occurred \((\w+)\) when calling the GetUserId operation.*?: (.*)", errors)
    assert found, errors
    return found.groups()


def call_with_huawei_sdk(url, key):
    unique = {"attribute_path": "user_name", "attribute_value": "alice"}
    body = {"alternate_identifier": {"unique_attribute": unique}}
    try:
        huawei_client(url, key).get_user_id(sdk.GetUserIdRequest(identity_store_id=STORE, body=body))
    except ClientRequestException as error:
        assert error.status_code == 401
        return error.error_code, error.error_msg


AWS_CLIENTS = {"boto3": call_with_boto3, "the AWS CLI": call_with_the_aws_cli}
CLIENTS = AWS_CLIENTS | {"Huawei's SDK": call_with_huawei_sdk}


@dataclasses.dataclass(frozen=True)
class Fault:
    """What is wrong with a request, and the errors of the clouds. `before` changes the server before the request;
    `tamper` gets the headers, with names in lower case, and the body. It changes the headers and returns a body."""

    code: str
    text: str
    reason: str
    key: Key = Key()
    before: Callable = lambda server: None
    tamper: Callable | None = None


def revoke(server):
    server.control("DELETE", "/access-keys/AKIARIGHT")


def move_clock(minutes):
    """AWS accepts 5 minutes, Huawei 15."""

    def move(server):
        now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)
        server.control("PUT", "/clock", {"set": now.isoformat(), "freeze": True})

    return move


def replace_body(headers, body):
    assert b"alice" in body
    return body.replace(b"alice", b"chris")


def replace_headers(headers, body):
    for name, value in {"x-amz-target": "AWSIdentityStore.GetGroupId", "x-project-id": "1" * 32}.items():
        if name in headers:
            headers[name] = value
    return body


def replace_scope(headers, body):
    headers["authorization"] = headers["authorization"].replace("/other,", "/identitycenterstore,")
    return body


INVALID, UNRECOGNIZED = "InvalidSignatureException", "UnrecognizedClientException"
NO_MATCH, FAILED = "does not match the signature you provided", "verify aksk signature fail"
TOKEN_INVALID, TOKEN_FAILED = "The security token included in the request is invalid", "decrypt token fail"

FAULTS = {
    "wrong secret": Fault(INVALID, NO_MATCH, FAILED, Key(secret="wrong")),
    "unknown key": Fault(UNRECOGNIZED, TOKEN_INVALID, "ak not exist", Key("AKIAUNKNOWN")),
    "revoked key": Fault(UNRECOGNIZED, TOKEN_INVALID, "ak not exist", before=revoke),
    "expired key": Fault("ExpiredTokenException", "expired", TOKEN_FAILED, Key("AKIAEXPIRED")),
    "missing session token": Fault(UNRECOGNIZED, TOKEN_INVALID, TOKEN_FAILED, Key("ASIATEMPORARY")),
    "other session token": Fault(UNRECOGNIZED, TOKEN_INVALID, TOKEN_FAILED, Key("ASIATEMPORARY", token="other")),
    "needless session token": Fault(UNRECOGNIZED, TOKEN_INVALID, TOKEN_FAILED, Key(token="token")),
    "old date": Fault(INVALID, "Signature expired", "signature expired", before=move_clock(16)),
    "future date": Fault(INVALID, "Signature not yet current", "signature expired", before=move_clock(-16)),
    "tampered body": Fault(INVALID, NO_MATCH, FAILED, tamper=replace_body),
    "tampered header": Fault(INVALID, NO_MATCH, FAILED, tamper=replace_headers),
    "wrong service": Fault(
        INVALID, "correct service: 'identitystore'", FAILED, Key(service="other"), tamper=replace_scope
    ),
}


@contextlib.contextmanager
def proxy(url, tamper):
    """Forwards requests after `tamper` has changed them, and yields its own URL."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = tamper(headers, self.rfile.read(int(headers["content-length"])))
            with contextlib.closing(http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc)) as server:
                server.request("POST", self.path, body, headers)
                response = server.getresponse()
                self.send_response(response.status)
                for name, value in response.getheaders():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(response.read())

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{running.server_port}"
        finally:
            running.shutdown()
            thread.join()


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("key", [Key(), Key("ASIATEMPORARY", token="token")], ids=["key", "session"])
def test_the_right_secret_is_accepted(strict, client, key):
    assert CLIENTS[client](strict.url, key) is None
    with proxy(strict.url, lambda headers, body: body) as url:
        assert CLIENTS[client](url, key) is None


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_rejected_with_the_error_of_the_cloud(strict, client, name):
    fault = FAULTS[name]
    is_aws = client in AWS_CLIENTS
    expected, text = (fault.code, fault.text) if is_aws else ("APIGW.0301", fault.reason)
    fault.before(strict)
    with proxy(strict.url, fault.tamper) if fault.tamper else contextlib.nullcontext(strict.url) as url:
        code, message = CLIENTS[client](url, fault.key) or ("accepted", "")
    assert code == expected, message
    assert text in message
    entry = strict.control("GET", "/journal?limit=1")["entries"][0]
    assert entry["auth"] and (entry["operation"] == "GetUserId" or name == "tampered header")


def test_huaweis_derived_signature_is_accepted(strict):
    algorithms = []

    def record(headers, body):
        algorithms.append(headers["authorization"].split()[0])
        return body

    with proxy(strict.url, record) as url:
        assert call_with_huawei_sdk(url, Key(service="identitycenterstore")) is None
    assert algorithms == ["V11-HMAC-SHA256"]


def list_users(huawei):
    return huawei.list_users(sdk.ListUsersRequest(identity_store_id=STORE))


@pytest.mark.parametrize("key", [Key(), Key("ASIATEMPORARY", token="token")], ids=["key", "session"])
def test_each_service_accepts_the_right_secret(strict, key):
    aws = aws_client(strict.url, key)
    page = aws.list_users(IdentityStoreId=STORE)
    user = page["Users"][0]["UserId"]
    operation = {"AttributePath": "title", "AttributeValue": "Zoë 用户"}
    aws.update_user(IdentityStoreId=STORE, UserId=user, Operations=[operation])
    assert len(list_users(huawei_client(strict.url, key)).users) == len(page["Users"])
    assert aws_client(strict.url, key, "sso-admin").list_instances()["Instances"]
    assert aws_client(strict.url, key, "organizations").list_accounts()["Accounts"]
    sts = aws_client(strict.url, key, "sts")
    assert sts.get_caller_identity()["Account"]
    presigned = sts.generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
    status, _, body = strict.http("GET", presigned.removeprefix(strict.url))
    assert status == 200, body


def test_aws_accepts_5_minutes_and_huawei_15(strict):
    for minutes in (-6, 6):
        move_clock(minutes)(strict)
        with pytest.raises(ClientError, match="InvalidSignatureException"):
            aws_client(strict.url).list_users(IdentityStoreId=STORE)
        assert list_users(huawei_client(strict.url)).users
    move_clock(4)(strict)
    assert aws_client(strict.url).list_users(IdentityStoreId=STORE)["Users"]


def test_a_missing_permission_is_denied_with_the_resources(strict):
    aws, huawei = aws_client(strict.url, Key("AKIAREADER")), huawei_client(strict.url, Key("AKIAREADER"))
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
    aws = aws_client(strict.url, Key(key, secret))
    assert aws.list_users(IdentityStoreId=store)["Users"]
    request = sdk.ListUsersRequest(identity_store_id=store)
    assert huawei_client(strict.url, Key(key, secret)).list_users(request).users
    with pytest.raises(ClientError, match="InvalidSignatureException"):
        aws_client(strict.url, Key(key, "wrong")).list_users(IdentityStoreId=store)
    strict.control("DELETE", f"/sessions/{session['id']}")
    with pytest.raises(ClientError, match="UnrecognizedClientException"):
        aws.list_users(IdentityStoreId=store)


def test_the_identity_of_the_caller_is_the_account_of_the_key(strict):
    aws, huawei = ("999999999999", "f" * 32)
    for key, account in [("AKIAOTHER", aws), ("HWOTHER", huawei)]:
        strict.control("POST", "/access-keys", {"id": key, "secret": "right", "account_id": account})
    identity = aws_client(strict.url, Key("AKIAOTHER"), "sts").get_caller_identity()
    assert (identity["Account"], identity["Arn"]) == (aws, f"arn:aws:iam::{aws}:user/idouble")
    group = aws_client(strict.url, Key("AKIAOTHER")).create_group(IdentityStoreId=STORE, DisplayName="Others")
    shown = aws_client(strict.url).describe_group(IdentityStoreId=STORE, GroupId=group["GroupId"])
    assert aws in shown["CreatedBy"]


def test_soft_accepts_what_strict_rejects_and_journals_why(spawn):
    soft = spawn("--auth", "soft", config=KEYS)
    assert aws_client(soft.url, Key(secret="wrong")).list_users(IdentityStoreId=STORE)["Users"]
    entry = soft.control("GET", "/journal")["entries"][0]
    assert entry["auth"].startswith("the signature does not match; canonical request:\\nPOST\\n/")
    assert "would be rejected in mode strict" in soft.log.read_text()
