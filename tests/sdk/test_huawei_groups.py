"""Groups, memberships and a user's states, as Huawei's SDK sees them."""

import re

import pytest

import huawei as h
from huawei import plain, expect_error, sdk
from server import MISSING, STORE


def group(huawei, name, **more):
    body = {"display_name": name} | more
    return huawei.create_group(sdk.CreateGroupRequest(identity_store_id=STORE, body=body))


def describe(huawei, who):
    request = sdk.DescribeGroupRequest(identity_store_id=STORE, group_id=who)
    return plain(huawei.describe_group(request))


def update(huawei, who, **values):
    operations = [{"attribute_path": path, "attribute_value": value} for path, value in values.items()]
    body = {"operations": operations}
    request = sdk.UpdateGroupRequest(identity_store_id=STORE, group_id=who, body=body)
    return huawei.update_group(request)


def join(huawei, who, user):
    body = {"group_id": who, "member_id": {"user_id": user}}
    request = sdk.CreateGroupMembershipRequest(identity_store_id=STORE, body=body)
    return huawei.create_group_membership(request)


def members(huawei, who):
    request = sdk.ListGroupMembershipsRequest(identity_store_id=STORE, group_id=who)
    return [one.member_id.user_id for one in huawei.list_group_memberships(request).group_memberships]


# --- groups -------------------------------------------------------------------------------------


def test_a_created_group_is_described(huawei):
    made = group(huawei, "诗人", description="They write")
    assert made.status_code == 201
    shown = describe(huawei, made.group_id)
    assert (shown["display_name"], shown["description"]) == ("诗人", "They write")
    assert shown["created_at"] == shown["updated_at"]


def test_a_description_may_be_empty_changed_and_removed(huawei):
    who = group(huawei, "Poets", description="").group_id
    update(huawei, who, description="new")
    assert describe(huawei, who)["description"] == "new"
    assert update(huawei, who, description=None).status_code == 200
    assert not describe(huawei, who).get("description")


def test_group_name_is_unique_and_free_after_a_rename(huawei):
    who = group(huawei, "Poets").group_id
    expect_error(lambda: group(huawei, "Poets"), 409, "IIC.1007")
    update(huawei, who, display_name="Writers")
    group(huawei, "Poets")


def test_a_missing_group_is_not_found(huawei):
    expect_error(lambda: describe(huawei, MISSING), 404, "IIC.404")
    expect_error(lambda: update(huawei, MISSING, description="x"), 404, "IIC.404")
    request = sdk.DeleteGroupRequest(identity_store_id=STORE, group_id=MISSING)
    expect_error(lambda: huawei.delete_group(request), 404, "IIC.404")


def test_the_filter_of_groups_is_fuzzy(huawei):
    made = [group(huawei, name).group_id for name in ("Song poets", "Tang POETS", "Painters")]
    request = sdk.ListGroupsRequest(identity_store_id=STORE, display_name="poets")
    assert [one.group_id for one in huawei.list_groups(request).groups] == made[:2]


def test_a_group_is_found_by_its_name(huawei):
    who = group(huawei, "Poets").group_id
    unique = {"attribute_path": "display_name", "attribute_value": "Poets"}
    body = {"alternate_identifier": {"unique_attribute": unique}}
    request = sdk.GetGroupIdRequest(identity_store_id=STORE, body=body)
    assert huawei.get_group_id(request).group_id == who


# --- memberships --------------------------------------------------------------------------------


def test_a_membership_is_described_found_listed_and_deleted(huawei):
    who, user = group(huawei, "Poets").group_id, h.create(huawei)
    made = join(huawei, who, user)
    assert made.status_code == 200  # Not 201: the document says so.
    one = {"identity_store_id": STORE, "membership_id": made.membership_id}
    shown = huawei.describe_group_membership(sdk.DescribeGroupMembershipRequest(**one))
    assert (shown.group_id, shown.member_id.user_id) == (who, user)
    body = {"group_id": who, "member_id": {"user_id": user}}
    request = sdk.GetGroupMembershipIdRequest(identity_store_id=STORE, body=body)
    assert huawei.get_group_membership_id(request).membership_id == made.membership_id
    assert members(huawei, who) == [user]
    request = sdk.ListGroupMembershipsForMemberRequest(identity_store_id=STORE, user_id=user)
    listed = huawei.list_group_memberships_for_member(request).group_memberships
    assert [one.group_id for one in listed] == [who]
    expect_error(lambda: join(huawei, who, user), 409, "IIC.1007")
    huawei.delete_group_membership(sdk.DeleteGroupMembershipRequest(**one))
    assert members(huawei, who) == []
    expect_error(lambda: huawei.delete_group_membership(sdk.DeleteGroupMembershipRequest(**one)), 404)


def test_is_member_in_groups_keeps_the_order_of_the_request(huawei):
    user = h.create(huawei)
    inside, outside = (group(huawei, name).group_id for name in ("In", "Out"))
    join(huawei, inside, user)
    query = [outside, inside, MISSING]
    body = {"member_id": {"user_id": user}, "group_ids": query}
    request = sdk.IsMemberInGroupsRequest(identity_store_id=STORE, body=body)
    results = huawei.is_member_in_groups(request).results
    assert [(one.group_id, one.membership_exists) for one in results] == [
        (outside, False),
        (inside, True),
        (MISSING, False),
    ]


# --- a user's states ----------------------------------------------------------------------------


def test_a_disabled_user_is_disabled_for_aws_too(huawei, aws):
    user = h.create(huawei)
    one = {"identity_store_id": STORE, "user_id": user}
    assert huawei.disable_user(sdk.DisableUserRequest(**one)).status_code == 200
    assert h.describe(huawei, user).enabled is False
    assert aws.describe_user(IdentityStoreId=STORE, UserId=user)["UserStatus"] == "DISABLED"
    huawei.enable_user(sdk.EnableUserRequest(**one))
    assert h.describe(huawei, user).enabled is True


def test_an_email_is_verified(huawei):
    user = h.create(huawei)
    huawei.verify_email(sdk.VerifyEmailRequest(identity_store_id=STORE, user_id=user))
    assert h.describe(huawei, user).email_verified is True


@pytest.mark.parametrize(("mode", "returns_password"), [("OTP", True), ("EMAIL", False)])
def test_a_password_is_reset(huawei, mode, returns_password):
    user = h.create(huawei)
    request = sdk.ResetPwdModeRequest(identity_store_id=STORE, user_id=user, body={"mode": mode})
    assert bool(huawei.reset_pwd_mode(request).password) == returns_password


def test_users_and_groups_are_described_by_the_batch(huawei):
    users = [h.create(huawei) for _ in range(3)]
    body = {"user_ids": [users[2], MISSING, users[0]]}
    found = huawei.describe_users(sdk.DescribeUsersRequest(identity_store_id=STORE, body=body)).users
    assert [one.user_id for one in found] == [users[2], users[0]]
    groups = [group(huawei, name).group_id for name in ("A", "B")]
    body = {"group_ids": groups}
    found = huawei.describe_groups(sdk.DescribeGroupsRequest(identity_store_id=STORE, body=body)).groups
    assert [one.group_id for one in found] == groups


def test_summary_has_counts_and_quotas(huawei):
    request = sdk.GetIdentityStoreSummaryRequest(identity_store_id=STORE)
    before = huawei.get_identity_store_summary(request)
    h.create(huawei)
    group(huawei, "Counted")
    after = huawei.get_identity_store_summary(request)
    assert (after.users, after.groups) == (before.users + 1, before.groups + 1)
    assert after.users_quota > 0 and after.groups_quota > 0


def test_ids_have_the_form_of_the_service(huawei):
    uuid = r"([0-9a-f]{10}-)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    assert re.fullmatch(uuid, group(huawei, "Ids").group_id)
