"""A client of the Huawei SDK, with helpers for tests."""

import json

import huaweicloudsdkidentitycenterstore.v1 as sdk
import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdkcore.http.http_config import HttpConfig

from server import STORE, fresh


def client(server, retries=0):
    config = HttpConfig.get_default_config()
    config.retry_times = retries
    return (
        sdk.IdentityCenterStoreClient.new_builder()
        .with_http_config(config)
        .with_credentials(BasicCredentials("HWAKTEST", "secret", "0" * 32))
        .with_endpoint(server.url)
        .build()
    )


def person(**more):
    """What CreateUser of Huawei needs, with a name that no other test uses."""
    name = f"renyuan-{fresh()}"
    needed = {
        "user_name": name,
        "display_name": name.title(),
        "name": {"given_name": "Yuan", "family_name": "Ren"},
        "emails": [{"value": f"{name}@example.com", "type": "work", "primary": True}],
        "password_mode": "OTP",
    }
    return {key: value for key, value in (needed | more).items() if value is not None}


def create_user(huawei, store=STORE, **more):
    request = sdk.CreateUserRequest(identity_store_id=store, body=person(**more))
    return huawei.create_user(request)


def create(huawei, **more):
    """The id of a new user, made through Huawei."""
    return create_user(huawei, **more).user_id


def describe(huawei, user, store=STORE):
    return huawei.describe_user(sdk.DescribeUserRequest(identity_store_id=store, user_id=user))


def shown(huawei, user):
    """A user as Huawei returns it, as plain data without absent members."""
    return plain(describe(huawei, user))


def plain(answer):
    """A model of the SDK as plain data."""
    if isinstance(answer, list):
        return [plain(item) for item in answer]
    if hasattr(answer, "openapi_types"):
        members = {key: getattr(answer, key) for key in answer.openapi_types}
        return {key: plain(value) for key, value in members.items() if value is not None}
    return answer


LEFT_OUT = object()


def update(huawei, user, *pairs, store=STORE):
    """UpdateUser with these (path, value) pairs: lists and objects go as the JSON text that the
    service wants; `LEFT_OUT` sends no attribute_value at all, None sends null."""
    operations = []
    for path, value in pairs:
        operation = {"attribute_path": path}
        if value is not LEFT_OUT:
            structured = isinstance(value, (list, dict))
            operation["attribute_value"] = json.dumps(value) if structured else value
        operations.append(operation)
    return send(huawei, user, {"operations": operations}, store)


def send(huawei, user, body, store=STORE):
    """UpdateUser with this body as it is."""
    request = sdk.UpdateUserRequest(identity_store_id=store, user_id=user, body=body)
    return huawei.update_user(request)


def delete(huawei, user, store=STORE):
    return huawei.delete_user(sdk.DeleteUserRequest(identity_store_id=store, user_id=user))


def get_user_id(huawei, alternate, store=STORE):
    body = {"alternate_identifier": alternate}
    return huawei.get_user_id(sdk.GetUserIdRequest(identity_store_id=store, body=body))


def list_users(huawei, store=STORE, **more):
    return huawei.list_users(sdk.ListUsersRequest(identity_store_id=store, **more))


def expect_error(call, status, code=None):
    """The exception of a call that has to fail with this status, and this code if one is given."""
    with pytest.raises(ClientRequestException) as caught:
        call()
    error = caught.value
    assert error.status_code == status, error
    assert code is None or error.error_code == code, error
    return error
