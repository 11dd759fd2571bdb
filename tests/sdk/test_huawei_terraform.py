"""What Terraform's `huaweicloud_identitycenter_user`, `_group` and `_group_membership` send, call by call.

The provider's own rules: a PUT or a POST has to answer 200 to 202, a 404 on reading is a resource that
is gone. Source: docs/huawei-behaviour.md §3 and §7, "Terraform provider".
"""

import json

import pytest

import huawei as h
from huawei import plain, expect_error, sdk
from server import MISSING, STORE

# --- users ------------------------------------------------------------

PERSON = {
    "user_name": "li.hua",
    "password_mode": "OTP",
    "display_name": "李华",
    "name": {"family_name": "李", "given_name": "华"},
    "emails": [{"primary": True, "type": "Work", "value": "lihua@example.com"}],
}
MORE = {
    "phone_numbers": [{"primary": True, "type": "Work", "value": "+86 10 0000"}],
    "addresses": [{"country": "CN", "locality": "Beijing", "type": "Work", "primary": True}],
    "enterprise": {"cost_center": "1", "department": "Bridges", "manager": {"value": "boss"}},
    "user_type": "Employee",
    "title": "Engineer",
}


class Huawei:
    """The provider's own rules about statuses: a PUT has to answer 200 to 202, never 204."""

    def __init__(self, client):
        self.client = client

    def user(self, **more):
        made = self.client.create_user(sdk.CreateUserRequest(identity_store_id=STORE, body=PERSON | more))
        assert made.status_code in (200, 201, 202)
        return made.user_id

    def update(self, user, **values):
        """Each argument as one operation: text as it is, all else as JSON text, None as no value."""
        operations = []
        for path, value in values.items():
            operation = {"attribute_path": path}
            if value is not None:
                operation["attribute_value"] = value if isinstance(value, str) else json.dumps(value)
            operations.append(operation)
        answer = h.send(self.client, user, {"operations": operations})
        assert answer.status_code in (200, 201, 202)

    def read(self, user):
        return h.shown(self.client, user)

    def group(self, name, **more):
        body = {"display_name": name} | more
        made = self.client.create_group(sdk.CreateGroupRequest(identity_store_id=STORE, body=body))
        assert made.status_code in (200, 201, 202)
        return made.group_id

    def read_group(self, group):
        request = sdk.DescribeGroupRequest(identity_store_id=STORE, group_id=group)
        return plain(self.client.describe_group(request))


@pytest.fixture
def terraform(huawei):
    return Huawei(huawei)


def test_a_huawei_user_is_created_read_and_imported(terraform):
    user = terraform.user(**MORE)
    shown = terraform.read(user)
    for member, value in (PERSON | MORE).items():
        if member not in ("password_mode", "emails"):
            assert shown[member] == value, member
    assert shown["emails"][0]["value"] == "lihua@example.com"
    assert shown["enabled"] is True
    store, imported = f"{STORE}/{user}".split("/")
    assert terraform.read(imported)["user_id"] == user and store == STORE


def test_a_huawei_user_s_arguments_are_changed_and_cleared(terraform):
    user = terraform.user(**MORE)
    terraform.update(
        user,
        display_name="Li Hua",
        name={"family_name": "Li", "given_name": "Hua", "formatted": None, "middle_name": None},
        emails=[{"value": "li@example.com", "type": "Home", "primary": True}],
        phone_numbers=[{"type": "Home", "primary": True, "value": None}],
        addresses=[{"country": "DE", "formatted": None, "locality": None, "type": None, "primary": False}],
        enterprise={"department": "Roads", "cost_center": None, "manager": None},
        user_type="Guest",
        title="Chief",
    )
    shown = terraform.read(user)
    assert shown["display_name"] == "Li Hua"
    assert shown["name"] == {"family_name": "Li", "given_name": "Hua"}
    assert shown["emails"][0]["value"] == "li@example.com"
    assert shown["phone_numbers"] == [{"type": "Home", "primary": True}]
    assert shown["addresses"] == [{"country": "DE", "primary": False}]
    assert shown["enterprise"] == {"department": "Roads"}
    assert (shown["user_type"], shown["title"]) == ("Guest", "Chief")
    terraform.update(user, phone_numbers=None, addresses=None, enterprise=None, user_type=None, title=None)
    shown = terraform.read(user)
    assert not set(MORE) & set(shown)


def test_phone_number_without_a_value_is_created(terraform):
    numbers = [{"primary": False, "type": "Work", "value": None}]
    assert terraform.read(terraform.user(phone_numbers=numbers))["phone_numbers"] == [
        {"primary": False, "type": "Work"}
    ]


def test_huawei_user_deleted_outside_terraform_is_removed_from_the_state(terraform, huawei):
    user = terraform.user()
    answer = h.delete(huawei, user)
    assert answer.status_code in (200, 202, 204)
    expect_error(lambda: terraform.read(user), 404)
    expect_error(lambda: h.delete(huawei, user), 404)
    assert terraform.user() != user


def test_a_huawei_user_is_disabled_and_enabled_by_its_argument(terraform, huawei):
    user = terraform.user()
    one = {"identity_store_id": STORE, "user_id": user}
    huawei.disable_user(sdk.DisableUserRequest(**one))
    assert terraform.read(user)["enabled"] is False
    huawei.enable_user(sdk.EnableUserRequest(**one))
    assert terraform.read(user)["enabled"] is True


# --- groups and memberships ----------------------------------------


def test_a_huawei_group_is_created_read_changed_and_destroyed(terraform, huawei):
    group = terraform.group("桥梁", description="They build")
    assert terraform.read_group(group)["description"] == "They build"
    one = {"identity_store_id": STORE, "group_id": group}
    for text in ("They design", ""):  # A cleared description comes as empty text.
        body = {"operations": [{"attribute_path": "description", "attribute_value": text}]}
        assert huawei.update_group(sdk.UpdateGroupRequest(**one, body=body)).status_code in (200, 201, 202)
        assert (terraform.read_group(group).get("description") or "") == text
    assert huawei.delete_group(sdk.DeleteGroupRequest(**one)).status_code in (200, 202, 204)
    expect_error(lambda: terraform.read_group(group), 404)
    assert terraform.group("桥梁") != group


def test_a_huawei_membership_is_created_read_and_destroyed(terraform, huawei):
    group, user = terraform.group("Bridges"), terraform.user()
    body = {"group_id": group, "member_id": {"user_id": user}}
    request = sdk.CreateGroupMembershipRequest(identity_store_id=STORE, body=body)
    made = huawei.create_group_membership(request)
    assert made.status_code in (200, 201, 202)
    one = {"identity_store_id": STORE, "membership_id": made.membership_id}

    def read():
        return plain(huawei.describe_group_membership(sdk.DescribeGroupMembershipRequest(**one)))

    assert (read()["group_id"], read()["member_id"]) == (group, {"user_id": user})
    request = sdk.DeleteGroupMembershipRequest(**one)
    assert huawei.delete_group_membership(request).status_code in (200, 202, 204)
    expect_error(read, 404)
    missing = sdk.DescribeGroupMembershipRequest(identity_store_id=STORE, membership_id=MISSING)
    expect_error(lambda: huawei.describe_group_membership(missing), 404)
