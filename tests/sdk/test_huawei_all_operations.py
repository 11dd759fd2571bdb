"""Every operation on users, groups and memberships of Huawei's SDK, one row each: successful and rejected."""

import inspect
import re

import pytest

import huawei as h
from huawei import plain, expect_error, sdk
from server import MISSING, STORE

NOWHERE = "d-ffffffffff"
UNIQUE_USER = {"unique_attribute": {"attribute_path": "user_name", "attribute_value": "somebody"}}
UNIQUE_GROUP = {"unique_attribute": {"attribute_path": "display_name", "attribute_value": "Some Group"}}
TITLE = {"operations": [{"attribute_path": "title", "attribute_value": "Engineer"}]}
DESCRIPTION = {"operations": [{"attribute_path": "description", "attribute_value": "They build"}]}


class World:
    """A user in a group, and a group besides."""

    def __init__(self, huawei):
        def group(name):
            body = {"display_name": name}
            return huawei.create_group(sdk.CreateGroupRequest(identity_store_id=STORE, body=body)).group_id

        self.user = h.create(huawei, user_name="somebody")
        self.group, self.empty = group("Some Group"), group("Empty Group")
        body = {"group_id": self.group, "member_id": {"user_id": self.user}}
        request = sdk.CreateGroupMembershipRequest(identity_store_id=STORE, body=body)
        self.membership = huawei.create_group_membership(request).membership_id


@pytest.fixture
def world(huawei):
    return World(huawei)


def member(user):
    return {"member_id": {"user_id": user}}


# Each operation's arguments but for the store, its status, and the members of its answer: those that
# the document says are always there. What they ask for exists.
OPERATIONS = {
    "create_user": (lambda w: {"body": h.person()}, 201, "identity_store_id user_id password"),
    "list_users": (lambda w: {}, 200, "users page_info"),
    "describe_users": (lambda w: {"body": {"user_ids": [w.user]}}, 200, "users"),
    "get_user_id": (lambda w: {"body": {"alternate_identifier": UNIQUE_USER}}, 200, "user_id identity_store_id"),
    "describe_user": (
        lambda w: {"user_id": w.user},
        200,
        "identity_store_id user_id user_name display_name name emails enabled email_verified "
        "created_at created_by updated_at updated_by",
    ),
    "update_user": (lambda w: {"user_id": w.user, "body": TITLE}, 200, ""),
    "delete_user": (lambda w: {"user_id": w.user}, 200, ""),
    "enable_user": (lambda w: {"user_id": w.user}, 200, ""),
    "disable_user": (lambda w: {"user_id": w.user}, 200, ""),
    "reset_pwd_mode": (lambda w: {"user_id": w.user, "body": {"mode": "OTP"}}, 200, "password"),
    "verify_email": (lambda w: {"user_id": w.user}, 200, ""),
    "create_group": (lambda w: {"body": {"display_name": "New Group"}}, 201, "group_id identity_store_id"),
    "list_groups": (lambda w: {}, 200, "groups page_info"),
    "describe_groups": (lambda w: {"body": {"group_ids": [w.group]}}, 200, "groups"),
    "get_group_id": (lambda w: {"body": {"alternate_identifier": UNIQUE_GROUP}}, 200, "group_id identity_store_id"),
    "describe_group": (
        lambda w: {"group_id": w.group},
        200,
        "group_id identity_store_id display_name created_at created_by updated_at updated_by",
    ),
    "update_group": (lambda w: {"group_id": w.group, "body": DESCRIPTION}, 200, ""),
    "delete_group": (lambda w: {"group_id": w.group}, 200, ""),
    "create_group_membership": (
        lambda w: {"body": {"group_id": w.empty} | member(w.user)},
        200,  # Not 201: the document says so.
        "membership_id identity_store_id",
    ),
    "list_group_memberships": (lambda w: {"group_id": w.group}, 200, "group_memberships page_info"),
    "list_group_memberships_for_member": (lambda w: {"user_id": w.user}, 200, "group_memberships page_info"),
    "get_group_membership_id": (
        lambda w: {"body": {"group_id": w.group} | member(w.user)},
        200,
        "membership_id identity_store_id",
    ),
    "describe_group_membership": (
        lambda w: {"membership_id": w.membership},
        200,
        "identity_store_id membership_id group_id member_id",
    ),
    "delete_group_membership": (lambda w: {"membership_id": w.membership}, 200, ""),
    "is_member_in_groups": (
        lambda w: {"body": {"group_ids": [w.group, w.empty]} | member(w.user)},
        200,
        "results",
    ),
    "get_identity_store_summary": (lambda w: {}, 200, "users users_quota groups groups_quota"),
}
EMPTY = [name for name, (_, _, members) in OPERATIONS.items() if not members]


def request(operation, world, store=STORE, **more):
    """The request of an operation; its class has the operation's name."""
    kind = getattr(sdk, "".join(part.title() for part in operation.split("_")) + "Request")
    return kind(**({"identity_store_id": store} | OPERATIONS[operation][0](world) | more))


def call(huawei, operation, world, store=STORE, **more):
    return getattr(huawei, operation)(request(operation, world, store, **more))


def test_every_core_operation_has_a_row():
    """The rest of the SDK: MFA devices, sessions, identity providers, certificates, tenants, policy."""
    rest = re.compile("^_|_invoker$|mfa_device|sessions|id_p|_sp_|bearer_token|provisioning_tenant|password_policy")
    methods = inspect.getmembers(sdk.IdentityCenterStoreClient, inspect.isfunction)
    found = {name for name, method in methods if "request" in inspect.signature(method).parameters}
    core = {name for name in found if not rest.search(name)}
    assert core == set(OPERATIONS)
    assert len(core) == 26


@pytest.mark.parametrize("operation", OPERATIONS)
def test_operation_returns_its_status_and_all_its_members(huawei, world, operation):
    _, status, members = OPERATIONS[operation]
    answer = call(huawei, operation, world)
    assert answer.status_code == status
    assert set(members.split()) <= set(plain(answer))


@pytest.mark.parametrize("operation", EMPTY)
def test_operations_without_output_return_an_empty_200(huawei, world, operation):
    answer = call(huawei, operation, world)
    assert (answer.status_code, answer.raw_content) == (200, b"")


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_on_an_unknown_store_is_not_found(huawei, world, operation):
    error = expect_error(lambda: call(huawei, operation, world, store=NOWHERE), 404, "IIC.1308")
    assert error.error_msg
    assert re.fullmatch("[0-9a-f]{32}", error.request_id)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_on_a_store_id_of_another_form_is_rejected(huawei, world, operation):
    error = expect_error(lambda: call(huawei, operation, world, store="surprise"), 400, "IIC.400")
    assert "identity_store_id" in error.error_msg


# Operations, and what makes each name a thing that is not there.
MISSED = [
    ("describe_user", {"user_id": MISSING}),
    ("update_user", {"user_id": MISSING}),
    ("delete_user", {"user_id": MISSING}),
    ("enable_user", {"user_id": MISSING}),
    ("disable_user", {"user_id": MISSING}),
    ("reset_pwd_mode", {"user_id": MISSING}),
    ("verify_email", {"user_id": MISSING}),
    ("get_user_id", {"body": {"alternate_identifier": {"external_id": {"id": "x", "issuer": "y"}}}}),
    ("describe_group", {"group_id": MISSING}),
    ("update_group", {"group_id": MISSING}),
    ("delete_group", {"group_id": MISSING}),
    ("get_group_id", {"body": {"alternate_identifier": {"external_id": {"id": "x", "issuer": "y"}}}}),
    ("create_group_membership", {"body": {"group_id": MISSING} | member(MISSING)}),
    ("describe_group_membership", {"membership_id": MISSING}),
    ("delete_group_membership", {"membership_id": MISSING}),
    ("get_group_membership_id", {"body": {"group_id": MISSING} | member(MISSING)}),
    ("list_group_memberships", {"group_id": MISSING}),
    ("list_group_memberships_for_member", {"user_id": MISSING}),
]


@pytest.mark.parametrize(("operation", "more"), MISSED)
def test_missing_resources_are_not_found(huawei, world, operation, more):
    error = expect_error(lambda: call(huawei, operation, world, **more), 404, "IIC.404")
    assert re.fullmatch(r"Not Found: .+\.", error.error_msg)
    assert re.fullmatch("[0-9a-f]{32}", error.request_id)


# Operations with a body, and a body that each refuses, with the member that it has to name.
WRONG = [
    ("create_user", {}, "user_name"),
    ("create_user", h.person(password_mode="SURPRISE"), "password_mode"),
    ("describe_users", {"user_ids": []}, "user_ids"),
    ("describe_users", {"user_ids": [MISSING] * 101}, "user_ids"),
    ("describe_users", {}, "user_ids"),
    ("get_user_id", {}, "alternate_identifier"),
    ("get_user_id", {"alternate_identifier": {}}, "alternate_identifier"),
    ("update_user", {}, "operations"),
    ("update_user", {"operations": []}, "operations"),
    ("update_user", {"operations": [{"attribute_value": "x"}]}, "attribute_path"),
    ("reset_pwd_mode", {}, "mode"),
    ("reset_pwd_mode", {"mode": "SURPRISE"}, "mode"),
    ("create_group", {}, "display_name"),
    ("create_group", {"display_name": "x" * 1025}, "display_name"),
    ("create_group", {"display_name": "x", "description": "x" * 1025}, "description"),
    ("describe_groups", {"group_ids": []}, "group_ids"),
    ("describe_groups", {"group_ids": ["!"]}, "group_ids"),
    ("get_group_id", {"alternate_identifier": UNIQUE_GROUP | {"external_id": {"id": "x", "issuer": "y"}}}, "alternate"),
    ("update_group", {"operations": [{"attribute_path": "", "attribute_value": "x"}]}, "attribute_path"),
    ("create_group_membership", {"group_id": MISSING}, "member_id"),
    ("create_group_membership", member(MISSING), "group_id"),
    ("get_group_membership_id", {}, "group_id"),
    ("is_member_in_groups", {"group_ids": []} | member(MISSING), "group_ids"),
    ("is_member_in_groups", {"group_ids": [MISSING] * 101} | member(MISSING), "group_ids"),
    ("is_member_in_groups", {"group_ids": [MISSING]}, "member_id"),
]


@pytest.mark.parametrize(("operation", "body", "named"), WRONG)
def test_a_wrong_body_is_rejected_by_the_name_of_the_member(huawei, world, operation, body, named):
    error = expect_error(lambda: call(huawei, operation, world, body=body), 400, "IIC.400")
    assert error.error_msg.startswith("Bad Request: ")
    assert named in error.error_msg


# Lists, and query parameters that each refuses.
@pytest.mark.parametrize(
    "operation", ["list_users", "list_groups", "list_group_memberships", "list_group_memberships_for_member"]
)
@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"marker": "surprise"}, {"marker": "0" * 24}])
def test_list_rejects_invalid_page_arguments(huawei, world, operation, query):
    error = expect_error(lambda: call(huawei, operation, world, **query), 400, "IIC.400")
    assert next(iter(query)) in error.error_msg


@pytest.mark.parametrize(
    ("operation", "member"),
    [("list_group_memberships", "group_id"), ("list_group_memberships_for_member", "user_id")],
)
def test_list_of_memberships_requires_its_group_or_member(huawei, world, operation, member):
    error = expect_error(lambda: call(huawei, operation, world, **{member: None}), 400, "IIC.400")
    assert member in error.error_msg


# What takes what is taken already.
TAKEN = [
    ("create_user", {"body": h.person(user_name="somebody")}),
    ("create_group", {"body": {"display_name": "Some Group"}}),
    ("update_group", {"body": {"operations": [{"attribute_path": "display_name", "attribute_value": "Empty Group"}]}}),
]


@pytest.mark.parametrize(("operation", "more"), TAKEN)
def test_used_values_are_a_conflict(huawei, world, operation, more):
    error = expect_error(lambda: call(huawei, operation, world, **more), 409, "IIC.1007")
    assert error.error_msg.startswith("Data modification failed.")


def test_a_membership_that_exists_is_a_conflict(huawei, world):
    body = {"group_id": world.group} | member(world.user)
    expect_error(lambda: call(huawei, "create_group_membership", world, body=body), 409, "IIC.1007")


def test_a_failure_is_a_server_exception(spawn):
    from huaweicloudsdkcore.exceptions.exceptions import ServerResponseException

    huawei = h.client(spawn(fault="huawei:*=internal"))
    with pytest.raises(ServerResponseException) as caught:
        h.list_users(huawei)
    assert (caught.value.status_code, caught.value.error_code) == (500, "APIGW.0601")
    assert re.fullmatch("[0-9a-f]{32}", caught.value.request_id)


# --- pages --------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1, 2])
@pytest.mark.parametrize(
    ("operation", "items", "identity"),
    [
        ("list_users", "users", "user_id"),
        ("list_groups", "groups", "group_id"),
        ("list_group_memberships", "group_memberships", "membership_id"),
        ("list_group_memberships_for_member", "group_memberships", "membership_id"),
    ],
)
def test_pages_joined_are_the_list(huawei, world, limit, operation, items, identity):
    user = h.create(huawei)
    for who, group in [(user, world.group), (world.user, world.empty)]:
        call(huawei, "create_group_membership", world, body={"group_id": group} | member(who))
    whole = call(huawei, operation, world)
    assert whole.page_info.next_marker is None
    assert whole.page_info.current_count == len(getattr(whole, items)) >= 2
    seen, marker = [], None
    while True:
        page = call(huawei, operation, world, limit=limit, marker=marker)
        found = [getattr(item, identity) for item in getattr(page, items)]
        assert page.page_info.current_count == len(found) <= limit
        seen += found
        marker = page.page_info.next_marker
        if marker is None:
            break
        assert re.fullmatch("[0-9a-f]{24}", marker)
    assert seen == [getattr(item, identity) for item in getattr(whole, items)]


# --- states -------------------------------------------------------------------------------------


def test_enable_and_disable_are_idempotent(huawei, world):
    for _ in range(2):
        call(huawei, "disable_user", world)
        assert h.describe(huawei, world.user).enabled is False
    for _ in range(2):
        call(huawei, "enable_user", world)
        assert h.describe(huawei, world.user).enabled is True


def test_each_reset_returns_another_password(huawei, world):
    output = [call(huawei, "reset_pwd_mode", world).password for _ in range(3)]
    assert len(set(output)) == 3
    assert call(huawei, "reset_pwd_mode", world, body={"mode": "EMAIL"}).password is None


def test_a_deleted_user_or_group_takes_its_memberships_along(huawei, world):
    user = h.create(huawei)
    body = {"group_id": world.group} | member(user)
    call(huawei, "create_group_membership", world, body=body)
    call(huawei, "delete_user", world)
    left = call(huawei, "list_group_memberships", world).group_memberships
    assert [one.member_id.user_id for one in left] == [user]
    call(huawei, "delete_group", world)
    left = call(huawei, "list_group_memberships_for_member", world, user_id=user)
    assert left.group_memberships == []
    expect_error(lambda: call(huawei, "describe_group_membership", world), 404, "IIC.404")
