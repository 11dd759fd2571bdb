"""Huawei's SCIM SDK: users and groups of a provisioning tenant, opened by its bearer token."""

import huaweicloudsdkidentitycenterscim.v1 as scim
import pytest
from huaweicloudsdkidentitycenterscim.v1.identitycenterscim_credentials import (
    IdentityCenterSCIMCredentials,
)
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

import huawei as h
from test_huawei_admin import call, idp, tenant  # noqa: F401

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@pytest.fixture
def sdk(server):
    builder = scim.IdentityCenterSCIMClient.new_builder()
    return builder.with_credentials(IdentityCenterSCIMCredentials()).with_endpoint(server.url).build()


@pytest.fixture
def access(call, tenant):  # noqa: F811
    """What every request of the tenant carries."""
    token = call("create_bearer_token", tenant_id=tenant)["token"]
    return {"tenant_id": tenant, "authorization": f"Bearer {token}"}


def person(name):
    return scim.CreateUserReqBody(
        schemas=[USER],
        user_name=name,
        display_name=name.title(),
        name=scim.NameDto(given_name="Yuan", family_name="Ren"),
        emails=[scim.EmailItemDto(value=f"{name}@example.com", type="work", primary=True)],
        active=True,
    )


def test_a_user_is_created_changed_and_deleted(sdk, access, huawei):
    made = sdk.create_user(scim.CreateUserRequest(body=person("yuan"), **access))
    assert h.describe(huawei, made.id).user_name == "yuan"
    step = scim.OperationItemDto(op="replace", path="displayName", value="Renamed")
    patch = scim.PatchUserReqBody(schemas=[PATCH], operations=[step])
    sdk.patch_user(scim.PatchUserRequest(user_id=made.id, body=patch, **access))
    assert sdk.get_user(scim.GetUserRequest(user_id=made.id, **access)).display_name == "Renamed"
    assert h.describe(huawei, made.id).display_name == "Renamed"
    listed = sdk.list_users(scim.ListUsersRequest(**access))
    assert made.id in [user.id for user in listed.resources]
    sdk.delete_user(scim.DeleteUserRequest(user_id=made.id, **access))
    with pytest.raises(ClientRequestException) as error:
        sdk.get_user(scim.GetUserRequest(user_id=made.id, **access))
    assert error.value.status_code == 404


def test_with_token_checks_only_an_issued_token_opens_the_tenant(spawn):
    server = spawn("--scim-auth", "token")
    path = server.control("GET", "/stores")["stores"][0]["scim_path"]
    builder = scim.IdentityCenterSCIMClient.new_builder()
    sdk = builder.with_credentials(IdentityCenterSCIMCredentials()).with_endpoint(server.url).build()
    request = scim.ListUsersRequest(tenant_id=path.split("/")[1], authorization="Bearer other")
    with pytest.raises(ClientRequestException) as error:
        sdk.list_users(request)
    assert error.value.status_code == 401
