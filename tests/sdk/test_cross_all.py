"""Each operation done through one cloud, observed through the other.

A row does one operation and then asks the other cloud what there is. What an operation only reads is
request of both, after a write of the other.
"""

import pytest

import aws as a
import huawei as h
from huawei import plain, sdk
from server import MISSING, STORE


class Clouds:
    """Both clients, and the few calls that the rows below make again and again."""

    def __init__(self, aws, huawei):
        self.aws, self.huawei = aws, huawei

    # Through AWS.

    def call(self, operation, **more):
        return getattr(self.aws, operation)(IdentityStoreId=STORE, **more)

    def group_of_aws(self, name="Group", **more):
        return self.call("create_group", DisplayName=name, **more)["GroupId"]

    def join_by_aws(self, group, user):
        both = {"GroupId": group, "MemberId": {"UserId": user}}
        return self.call("create_group_membership", **both)["MembershipId"]

    def members_by_aws(self, group):
        found = self.call("list_group_memberships", GroupId=group)["GroupMemberships"]
        return [(one["MembershipId"], one["MemberId"]["UserId"]) for one in found]

    # Through Huawei.

    def ask(self, operation, **more):
        kind = getattr(sdk, "".join(part.title() for part in operation.split("_")) + "Request")
        return plain(getattr(self.huawei, operation)(kind(identity_store_id=STORE, **more)))

    def group_of_huawei(self, name="Group", **more):
        return self.ask("create_group", body={"display_name": name} | more)["group_id"]

    def join_by_huawei(self, group, user):
        body = {"group_id": group, "member_id": {"user_id": user}}
        return self.ask("create_group_membership", body=body)["membership_id"]

    def members_by_huawei(self, group):
        found = self.ask("list_group_memberships", group_id=group)["group_memberships"]
        return [(one["membership_id"], one["member_id"]["user_id"]) for one in found]

    # Refusals.

    def gone_for_aws(self, operation, **more):
        error = self.aws.exceptions.ResourceNotFoundException
        return a.expect_error(lambda: self.call(operation, **more), error)

    def gone_for_huawei(self, operation, **more):
        return h.expect_error(lambda: self.ask(operation, **more), 404)


@pytest.fixture
def clouds(aws, huawei):
    return Clouds(aws, huawei)


# --- done through AWS, observed through Huawei --------------------------------------------------


def test_create_user_of_aws(clouds):
    email = {"Value": "one@example.com", "Type": "work", "Primary": True}
    user = a.create(clouds.aws, UserName="one", Title="Engineer", Emails=[email])
    shown = h.shown(clouds.huawei, user)
    assert (shown["user_name"], shown["title"], shown["enabled"]) == ("one", "Engineer", True)
    assert shown["emails"][0]["value"] == "one@example.com"
    assert shown["email_verified"] is False


def test_huawei_shows_users_without_an_email(clouds):
    user = a.create(clouds.aws)
    shown = h.shown(clouds.huawei, user)
    assert not shown.get("emails")
    assert user in [one["user_id"] for one in clouds.ask("list_users")["users"]]


def test_update_user_of_aws(clouds):
    user = h.create(clouds.huawei, title="Old", nickname="Nick")
    a.update(clouds.aws, user, ("title", "New"), ("name.givenName", "Newt"), ("nickName", None))
    shown = h.shown(clouds.huawei, user)
    assert (shown["title"], shown["name"]["given_name"], shown.get("nickname")) == ("New", "Newt", None)
    assert shown["updated_at"] >= shown["created_at"]


def test_rejected_update_through_aws_changes_nothing_for_huawei(clouds):
    user, taken = h.create(clouds.huawei, title="Old"), h.create(clouds.huawei)
    name = h.shown(clouds.huawei, taken)["user_name"]
    before = h.shown(clouds.huawei, user)
    error = clouds.aws.exceptions.ConflictException
    a.expect_error(lambda: a.update(clouds.aws, user, ("title", "New"), ("userName", name)), error)
    assert h.shown(clouds.huawei, user) == before


def test_delete_user_of_aws(clouds):
    user, group = h.create(clouds.huawei), clouds.group_of_huawei()
    membership = clouds.join_by_huawei(group, user)
    clouds.call("delete_user", UserId=user)
    clouds.gone_for_huawei("describe_user", user_id=user)
    clouds.gone_for_huawei("describe_group_membership", membership_id=membership)
    assert clouds.members_by_huawei(group) == []


def test_create_group_of_aws(clouds):
    group = clouds.group_of_aws("诗人", Description="They write")
    shown = clouds.ask("describe_group", group_id=group)
    assert (shown["display_name"], shown["description"]) == ("诗人", "They write")
    unique = {"attribute_path": "display_name", "attribute_value": "诗人"}
    body = {"alternate_identifier": {"unique_attribute": unique}}
    assert clouds.ask("get_group_id", body=body)["group_id"] == group
    assert [one["group_id"] for one in clouds.ask("list_groups", display_name="诗")["groups"]] == [group]
    batch = clouds.ask("describe_groups", body={"group_ids": [group]})["groups"]
    assert [one["group_id"] for one in batch] == [group]


def test_update_group_of_aws(clouds):
    group = clouds.group_of_huawei("Old", description="old")
    operations = [
        {"AttributePath": "displayName", "AttributeValue": "New"},
        {"AttributePath": "description", "AttributeValue": None},
    ]
    clouds.call("update_group", GroupId=group, Operations=operations)
    shown = clouds.ask("describe_group", group_id=group)
    assert (shown["display_name"], shown.get("description") or None) == ("New", None)
    clouds.group_of_huawei("Old")  # The name is free.


def test_delete_group_of_aws(clouds):
    user, group = h.create(clouds.huawei), clouds.group_of_huawei()
    clouds.join_by_huawei(group, user)
    clouds.call("delete_group", GroupId=group)
    clouds.gone_for_huawei("describe_group", group_id=group)
    theirs = clouds.ask("list_group_memberships_for_member", user_id=user)
    assert theirs["group_memberships"] == []


def test_create_group_membership_of_aws(clouds):
    user, group = h.create(clouds.huawei), clouds.group_of_huawei()
    membership = clouds.join_by_aws(group, user)
    assert clouds.members_by_huawei(group) == [(membership, user)]
    body = {"group_id": group, "member_id": {"user_id": user}}
    assert clouds.ask("get_group_membership_id", body=body)["membership_id"] == membership
    shown = clouds.ask("describe_group_membership", membership_id=membership)
    assert (shown["group_id"], shown["member_id"]) == (group, {"user_id": user})
    theirs = clouds.ask("list_group_memberships_for_member", user_id=user)["group_memberships"]
    assert [one["membership_id"] for one in theirs] == [membership]
    body = {"group_ids": [group], "member_id": {"user_id": user}}
    assert clouds.ask("is_member_in_groups", body=body)["results"][0]["membership_exists"] is True
    h.expect_error(lambda: clouds.join_by_huawei(group, user), 409)


def test_delete_group_membership_of_aws(clouds):
    user, group = h.create(clouds.huawei), clouds.group_of_huawei()
    membership = clouds.join_by_huawei(group, user)
    clouds.call("delete_group_membership", MembershipId=membership)
    assert clouds.members_by_huawei(group) == []
    clouds.gone_for_huawei("describe_group_membership", membership_id=membership)
    clouds.join_by_huawei(group, user)


def test_creates_and_deletes_of_aws_are_counted_by_huawei(clouds):
    def counts():
        summary = clouds.ask("get_identity_store_summary")
        return summary["users"], summary["groups"]

    users, groups = counts()
    user, group = a.create(clouds.aws), clouds.group_of_aws()
    assert counts() == (users + 1, groups + 1)
    clouds.call("delete_user", UserId=user)
    clouds.call("delete_group", GroupId=group)
    assert counts() == (users, groups)


@pytest.mark.newer
def test_huawei_ignores_the_network_configuration_of_aws(clouds):
    before = clouds.ask("get_identity_store_summary")
    clouds.call("update_identity_store", NetworkConfiguration={"VpceAccessRequired": True})
    assert clouds.ask("get_identity_store_summary") == before
    h.create(clouds.huawei)
    kept = clouds.call("describe_identity_store")["NetworkConfiguration"]
    assert kept == {"VpceAccessRequired": True}


# --- done through Huawei, observed through AWS --------------------------------------------------


def test_create_user_of_huawei(clouds):
    user = h.create(clouds.huawei, user_name="一一", title="工程师", enterprise={"department": "桥梁"})
    extension = "aws:identitystore:enterprise"
    shown = a.describe(clouds.aws, user, Extensions=[extension])
    assert (shown["UserName"], shown["Title"], shown["UserStatus"]) == ("一一", "工程师", "ENABLED")
    assert shown["Extensions"] == {extension: {"department": "桥梁"}}
    unique = {"UniqueAttribute": {"AttributePath": "userName", "AttributeValue": "一一"}}
    assert clouds.call("get_user_id", AlternateIdentifier=unique)["UserId"] == user


def test_update_user_of_huawei(clouds):
    user = a.create(clouds.aws, Title="Old", NickName="Nick")
    h.update(clouds.huawei, user, ("title", "New"), ("nickname", None), ("addresses", [{"country": "CN"}]))
    shown = a.describe(clouds.aws, user)
    assert (shown["Title"], shown["Addresses"]) == ("New", [{"Country": "CN"}])
    assert "NickName" not in shown
    assert shown["UpdatedAt"] >= shown["CreatedAt"]


def test_rejected_update_through_huawei_changes_nothing_for_aws(clouds):
    user = a.create(clouds.aws, Title="Old")
    before = a.describe(clouds.aws, user)
    h.expect_error(lambda: h.update(clouds.huawei, user, ("title", "New"), ("enabled", "false")), 400)
    assert a.describe(clouds.aws, user) == before


def test_delete_user_of_huawei(clouds):
    user, group = a.create(clouds.aws), clouds.group_of_aws()
    membership = clouds.join_by_aws(group, user)
    h.delete(clouds.huawei, user)
    clouds.gone_for_aws("describe_user", UserId=user)
    clouds.gone_for_aws("describe_group_membership", MembershipId=membership)
    assert clouds.members_by_aws(group) == []
    clouds.call("delete_user", UserId=user)  # For AWS a delete of what is gone succeeds.


def test_disable_and_enable_user_of_huawei(clouds):
    user = a.create(clouds.aws)
    for operation, status in [("disable_user", "DISABLED"), ("enable_user", "ENABLED")]:
        clouds.ask(operation, user_id=user)
        assert a.describe(clouds.aws, user)["UserStatus"] == status
        listed = clouds.call("list_users")["Users"]
        assert {one["UserId"]: one["UserStatus"] for one in listed}[user] == status


def test_a_disabled_user_is_updated_by_aws_and_stays_disabled(clouds):
    user = a.create(clouds.aws)
    clouds.ask("disable_user", user_id=user)
    a.update(clouds.aws, user, ("title", "Still here"))
    shown = a.describe(clouds.aws, user)
    assert (shown["UserStatus"], shown["Title"]) == ("DISABLED", "Still here")
    assert h.shown(clouds.huawei, user)["enabled"] is False


def test_verify_email_and_reset_pwd_mode_of_huawei_change_nothing_that_aws_shows(clouds):
    email = {"Value": "one@example.com", "Type": "work", "Primary": True}
    user = a.create(clouds.aws, Emails=[email])

    def shown():
        found = a.describe(clouds.aws, user)
        return {key: value for key, value in found.items() if key not in ("UpdatedAt", "UpdatedBy", "Revision")}

    before = shown()
    clouds.ask("verify_email", user_id=user)
    clouds.ask("reset_pwd_mode", user_id=user, body={"mode": "OTP"})
    assert shown() == before
    assert h.shown(clouds.huawei, user)["email_verified"] is True


def test_create_group_of_huawei(clouds):
    group = clouds.group_of_huawei("诗人", description="They write")
    shown = clouds.call("describe_group", GroupId=group)
    assert (shown["DisplayName"], shown["Description"]) == ("诗人", "They write")
    unique = {"UniqueAttribute": {"AttributePath": "displayName", "AttributeValue": "诗人"}}
    assert clouds.call("get_group_id", AlternateIdentifier=unique)["GroupId"] == group
    filters = [{"AttributePath": "DisplayName", "AttributeValue": "诗人"}]
    assert [one["GroupId"] for one in clouds.call("list_groups", Filters=filters)["Groups"]] == [group]
    error = clouds.aws.exceptions.ConflictException
    a.expect_error(lambda: clouds.group_of_aws("诗人"), error)


def test_update_group_of_huawei(clouds):
    group = clouds.group_of_aws("Old", Description="old")

    def update(**values):
        operations = [{"attribute_path": path, "attribute_value": value} for path, value in values.items()]
        clouds.ask("update_group", group_id=group, body={"operations": operations})
        return clouds.call("describe_group", GroupId=group)

    shown = update(display_name="New", description="new")
    assert (shown["DisplayName"], shown["Description"]) == ("New", "new")
    assert "Description" not in update(description=None)
    # Huawei takes an empty description; AWS never shows an empty text.
    assert not update(description="").get("Description")


def test_delete_group_of_huawei(clouds):
    user, group = a.create(clouds.aws), clouds.group_of_aws()
    clouds.join_by_aws(group, user)
    clouds.ask("delete_group", group_id=group)
    clouds.gone_for_aws("describe_group", GroupId=group)
    theirs = clouds.call("list_group_memberships_for_member", MemberId={"UserId": user})
    assert theirs["GroupMemberships"] == []


def test_create_group_membership_of_huawei(clouds):
    user, group = a.create(clouds.aws), clouds.group_of_aws()
    membership = clouds.join_by_huawei(group, user)
    assert clouds.members_by_aws(group) == [(membership, user)]
    both = {"GroupId": group, "MemberId": {"UserId": user}}
    assert clouds.call("get_group_membership_id", **both)["MembershipId"] == membership
    shown = clouds.call("describe_group_membership", MembershipId=membership)
    assert (shown["GroupId"], shown["MemberId"]) == (group, {"UserId": user})
    theirs = clouds.call("list_group_memberships_for_member", MemberId={"UserId": user})["GroupMemberships"]
    assert [one["MembershipId"] for one in theirs] == [membership]
    request = clouds.call("is_member_in_groups", GroupIds=[MISSING, group], MemberId={"UserId": user})
    assert [one["MembershipExists"] for one in request["Results"]] == [False, True]
    error = clouds.aws.exceptions.ConflictException
    a.expect_error(lambda: clouds.join_by_aws(group, user), error)


def test_delete_group_membership_of_huawei(clouds):
    user, group = a.create(clouds.aws), clouds.group_of_aws()
    membership = clouds.join_by_aws(group, user)
    clouds.ask("delete_group_membership", membership_id=membership)
    assert clouds.members_by_aws(group) == []
    clouds.gone_for_aws("describe_group_membership", MembershipId=membership)
    clouds.join_by_aws(group, user)


# --- through both clouds ------------------------------------------------------------------------------


def test_both_list_the_same_groups_and_members_in_the_same_order(clouds):
    groups = [clouds.group_of_aws("A"), clouds.group_of_huawei("B"), clouds.group_of_aws("C")]
    by_aws = [one["GroupId"] for one in clouds.call("list_groups")["Groups"]]
    by_huawei = [one["group_id"] for one in clouds.ask("list_groups")["groups"]]
    assert by_aws == by_huawei
    assert by_aws[-3:] == groups
    for join in (clouds.join_by_aws, clouds.join_by_huawei, clouds.join_by_aws):
        join(groups[0], a.create(clouds.aws))
    assert clouds.members_by_aws(groups[0]) == clouds.members_by_huawei(groups[0])
    assert len(clouds.members_by_aws(groups[0])) == 3


def test_pages_of_one_cloud_stay_whole_while_the_other_writes(clouds):
    made = [a.create(clouds.aws) for _ in range(4)]
    first = clouds.call("list_users", MaxResults=1)
    page = clouds.ask("list_users", limit=1)
    h.delete(clouds.huawei, made[0])
    late = h.create(clouds.huawei)
    seen = [one["UserId"] for one in first["Users"]]
    token = first.get("NextToken")
    while token:
        answer = clouds.call("list_users", MaxResults=1, NextToken=token)
        seen += [one["UserId"] for one in answer["Users"]]
        token = answer.get("NextToken")
    also = [one["user_id"] for one in page["users"]]
    marker = page["page_info"].get("next_marker")
    while marker:
        answer = clouds.ask("list_users", limit=2, marker=marker)
        also += [one["user_id"] for one in answer["users"]]
        marker = answer["page_info"].get("next_marker")
    for ids in (seen, also):
        assert len(ids) == len(set(ids))
        assert [one for one in ids if one in made[1:]] == made[1:]
        assert ids[-1] == late


def test_times_and_authors_are_the_same_instants(clouds):
    user = a.create(clouds.aws)
    by_aws, by_huawei = a.describe(clouds.aws, user), h.shown(clouds.huawei, user)
    assert round(by_aws["CreatedAt"].timestamp() * 1000) == by_huawei["created_at"]
    h.update(clouds.huawei, user, ("title", "x"))
    by_aws, by_huawei = a.describe(clouds.aws, user), h.shown(clouds.huawei, user)
    assert round(by_aws["UpdatedAt"].timestamp() * 1000) == by_huawei["updated_at"]


def test_an_unknown_store_is_unknown_to_both(clouds):
    aws, huawei = clouds.aws, clouds.huawei
    error = aws.exceptions.ResourceNotFoundException
    a.expect_error(lambda: aws.list_users(IdentityStoreId="d-ffffffffff"), error)
    h.expect_error(lambda: h.list_users(huawei, store="d-ffffffffff"), 404, "IIC.1308")
