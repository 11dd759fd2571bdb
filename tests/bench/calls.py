"""The calls that are measured, as both clouds spell them."""

import hashlib
import hmac
import json
import typing

from process import Request

STORE = "d-1234567890"
AWS_SIGNED = {
    "Content-Type": "application/x-amz-json-1.1",
    "Authorization": "AWS4-HMAC-SHA256 Credential=AKIDBENCH/20260101/us-east-1/identitystore/"
    "aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=" + "0" * 64,
}
HUAWEI_SIGNED = {
    "Content-Type": "application/json",
    "X-Sdk-Date": "20260101T000000Z",
    "Authorization": "SDK-HMAC-SHA256 Access=HWAKBENCH, SignedHeaders=content-type;host;x-sdk-date, "
    "Signature=" + "0" * 64,
}
# Selects every operation of an unknown user.
RULE = {"on": {"op": "*", "user": "nobody"}, "do": "throttle"}
UPDATES = [("displayName", "display_name", "Bench Mark"), ("title", "title", "Engineer")]


def aws(operation, store=STORE, **members):
    headers = AWS_SIGNED | {"X-Amz-Target": f"AWSIdentityStore.{operation}"}
    return Request("POST", "/", headers, json.dumps({"IdentityStoreId": store} | members).encode())


def huawei(method, path, store=STORE, **members):
    body = json.dumps(members).encode() if members else b""
    return Request(method, f"/v1/identity-stores/{store}{path}", HUAWEI_SIGNED, body)


# The time in the signatures. The clock of the server is frozen at it.
SIGNED_AT = "2026-01-01T00:00:00Z"
KEY = "idouble"  # Id and secret.


def _hmac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def _canonical(request, path, names):
    headers = {name.lower(): value for name, value in request.headers.items()}
    lines = "".join(f"{name}:{headers[name]}\n" for name in names)
    body = hashlib.sha256(request.body).hexdigest()
    text = "\n".join([request.method, path, "", lines, ";".join(names), body])
    return hashlib.sha256(text.encode()).hexdigest()


def signed(request):
    """The request with a valid signature of its cloud, for a server in mode `strict`."""
    is_aws = "X-Amz-Target" in request.headers
    time = SIGNED_AT.replace("-", "").replace(":", "")
    headers = request.headers | {"Host": "127.0.0.1", "X-Amz-Date" if is_aws else "X-Sdk-Date": time}
    del headers["Authorization"]
    request = request._replace(headers=headers)
    names = sorted(name.lower() for name in headers)
    listed = ";".join(names)
    if is_aws:
        scope = f"{time[:8]}/us-east-1/identitystore/aws4_request"
        text = "\n".join(["AWS4-HMAC-SHA256", time, scope, _canonical(request, "/", names)])
        key = f"AWS4{KEY}".encode()
        for part in scope.split("/"):
            key = _hmac(key, part)
        start = f"AWS4-HMAC-SHA256 Credential={KEY}/{scope}"
    else:
        path = request.path.rstrip("/") + "/"
        text = "\n".join(["SDK-HMAC-SHA256", time, _canonical(request, path, names)])
        key, start = KEY.encode(), f"SDK-HMAC-SHA256 Access={KEY}"
    signature = _hmac(key, text).hex()
    authorization = f"{start}, SignedHeaders={listed}, Signature={signature}"
    return request._replace(headers=headers | {"Authorization": authorization})


class Aws:
    name = "AWS"
    id_key = '"UserId":"'

    @staticmethod
    def update(user, store=STORE):
        steps = [{"AttributePath": path, "AttributeValue": value} for path, _, value in UPDATES]
        return aws("UpdateUser", store, UserId=user, Operations=steps)

    @staticmethod
    def describe(user, store=STORE):
        return aws("DescribeUser", store, UserId=user)

    @staticmethod
    def find(user_name, store=STORE):
        unique = {"AttributePath": "userName", "AttributeValue": user_name}
        return aws("GetUserId", store, AlternateIdentifier={"UniqueAttribute": unique})

    @staticmethod
    def list(token=None, store=STORE):
        return aws("ListUsers", store, MaxResults=100, **({"NextToken": token} if token else {}))

    @staticmethod
    def create(user_name, store=STORE):
        name = {"GivenName": "B", "FamilyName": "Ench"}
        emails = [{"Value": f"{user_name}@example.com", "Type": "work", "Primary": True}]
        return aws(
            "CreateUser", store, UserName=user_name, DisplayName="Bench", Name=name, Emails=emails
        )

    @staticmethod
    def delete(user, store=STORE):
        return aws("DeleteUser", store, UserId=user)


class Huawei:
    name = "Huawei"
    id_key = '"user_id":"'

    @staticmethod
    def update(user, store=STORE):
        steps = [{"attribute_path": path, "attribute_value": value} for _, path, value in UPDATES]
        return huawei("PUT", f"/users/{user}", store, operations=steps)

    @staticmethod
    def describe(user, store=STORE):
        return huawei("GET", f"/users/{user}", store)

    @staticmethod
    def find(user_name, store=STORE):
        unique = {"attribute_path": "user_name", "attribute_value": user_name}
        by = {"unique_attribute": unique}
        return huawei("POST", "/users/retrieve-user-id", store, alternate_identifier=by)

    @staticmethod
    def list(token=None, store=STORE):
        return huawei("GET", "/users?limit=100" + (f"&marker={token}" if token else ""), store)

    @staticmethod
    def create(user_name, store=STORE):
        name = {"given_name": "B", "family_name": "Ench"}
        emails = [{"value": f"{user_name}@example.com", "type": "work", "primary": True}]
        return huawei(
            "POST",
            "/users",
            store,
            user_name=user_name,
            display_name="Bench",
            name=name,
            emails=emails,
            password_mode="OTP",
        )

    @staticmethod
    def delete(user, store=STORE):
        return huawei("DELETE", f"/users/{user}", store)


CLOUDS = (Aws, Huawei)


class Pair(typing.NamedTuple):
    """A create call and the matching delete call. The id follows `key` in the first response."""

    create: Request
    name: str
    delete: Request
    id: str
    key: str

    def delete_of(self, made):
        """The delete call for the id in the response to the create call."""
        user = made.body.decode().split(self.key, 1)[1][: len(self.id)]
        path, body = (part.replace(self.id, user) for part in (self.delete.path, self.delete.body.decode()))
        return self.delete._replace(path=path, body=body.encode())


def pair(server, cloud):
    """The pair, with the name and the id of a user that was created and deleted."""
    name = "bench-000000000000"
    create = cloud.create(name)
    user = server.must(create).body.decode().split(cloud.id_key, 1)[1].split('"', 1)[0]
    server.must(cloud.delete(user))
    return Pair(create, name, cloud.delete(user), user, cloud.id_key)


def bench_user(server):
    """Creates the user that is updated and read, and returns its id."""
    return server.must(Aws.create("bench")).json()["UserId"]
