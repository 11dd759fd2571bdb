"""Groups, memberships and the store itself, as boto3 sees them."""

import pytest

from aws import create, invalid, expect_error
from server import MISSING, STORE


def group(aws, name, **more):
    return aws.create_group(IdentityStoreId=STORE, DisplayName=name, **more)["GroupId"]


def describe(aws, who):
    shown = aws.describe_group(IdentityStoreId=STORE, GroupId=who)
    shown.pop("ResponseMetadata")
    return shown


def update(aws, who, *pairs, **more):
    operations = [{"AttributePath": path, "AttributeValue": value} for path, value in pairs]
    return aws.update_group(IdentityStoreId=STORE, GroupId=who, Operations=operations, **more)


def join(aws, who, user):
    arguments = {"IdentityStoreId": STORE, "GroupId": who, "MemberId": {"UserId": user}}
    return aws.create_group_membership(**arguments)["MembershipId"]


def members(aws, who):
    pages = aws.get_paginator("list_group_memberships").paginate(IdentityStoreId=STORE, GroupId=who)
    return [one["MemberId"]["UserId"] for page in pages for one in page["GroupMemberships"]]


# --- groups -------------------------------------------------------------------------------------


def test_a_created_group_is_described(aws):
    who = group(aws, "Engineers", Description="They build")
    shown = describe(aws, who)
    assert (shown["GroupId"], shown["IdentityStoreId"]) == (who, STORE)
    assert (shown["DisplayName"], shown["Description"]) == ("Engineers", "They build")
    assert shown["CreatedAt"] == shown["UpdatedAt"]


def test_group_description_is_optional(aws):
    assert "Description" not in describe(aws, group(aws, "Engineers"))


@pytest.mark.newer
def test_a_group_has_arn_and_revision(aws):
    made = aws.create_group(IdentityStoreId=STORE, DisplayName="Engineers")
    assert made["GroupArn"] == f"arn:aws:identitystore:::group/{made['GroupId']}"
    answer = update(aws, made["GroupId"], ("description", "x"), Revision=made["Revision"])
    assert answer["Revision"] == describe(aws, made["GroupId"])["Revision"] != made["Revision"]
    error = expect_error(
        lambda: update(aws, made["GroupId"], ("description", "y"), Revision=made["Revision"]),
        aws.exceptions.ConflictException,
    )
    assert error["Reason"] == "CONCURRENT_MODIFICATION"


def test_group_name_is_unique(aws):
    group(aws, "Engineers")
    error = expect_error(lambda: group(aws, "Engineers"), aws.exceptions.ConflictException)
    assert error["Error"]["Message"] == "Duplicate GroupDisplayName"
    assert error["Reason"] == "UNIQUENESS_CONSTRAINT_VIOLATION"


def test_users_and_groups_are_separate_name_spaces(aws):
    create(aws, UserName="both")
    group(aws, "both")


@pytest.mark.parametrize("name", ["Administrator", "AWSAdministrators"])
def test_reserved_group_names_are_rejected(aws, name):
    assert invalid(aws, lambda: group(aws, name)) == f"The DisplayName {name} is reserved"


@pytest.mark.parametrize(("name", "description"), [("displayName", "description"), ("DisplayName", "Description")])
def test_group_paths_are_accepted_in_either_case(aws, name, description):
    who = group(aws, "Old", Description="old")
    update(aws, who, (name, "New"), (description, "new"))
    shown = describe(aws, who)
    assert (shown["DisplayName"], shown["Description"]) == ("New", "new")
    update(aws, who, (description, None))
    assert "Description" not in describe(aws, who)
    group(aws, "Old")


def test_another_group_path_is_unsupported(aws):
    who = group(aws, "Engineers")
    text = invalid(aws, lambda: update(aws, who, ("surprise", "x")))
    assert text == "Updates for AttributePath: surprise is not supported"


def test_a_missing_group_is_reported(aws):
    error = expect_error(lambda: describe(aws, MISSING), aws.exceptions.ResourceNotFoundException)
    assert error["Error"]["Message"] == "Group not found"
    assert (error["ResourceType"], error["ResourceId"]) == ("GROUP", MISSING)


@pytest.mark.parametrize("path", ["displayName", "DisplayName"])
def test_a_group_is_found_by_its_name(aws, path):
    who = group(aws, "Engineers")
    unique = {"AttributePath": path, "AttributeValue": "Engineers"}
    found = aws.get_group_id(IdentityStoreId=STORE, AlternateIdentifier={"UniqueAttribute": unique})
    assert found["GroupId"] == who


def test_unknown_group_name_is_not_found(aws):
    unique = {"AttributePath": "displayName", "AttributeValue": "nobody"}
    error = expect_error(
        lambda: aws.get_group_id(IdentityStoreId=STORE, AlternateIdentifier={"UniqueAttribute": unique}),
        aws.exceptions.ResourceNotFoundException,
    )
    assert error["Error"]["Message"] == "GROUP not found."


def test_the_paginator_shows_every_group_once(aws):
    made = [group(aws, f"Group {n}") for n in range(12)]
    paginator = aws.get_paginator("list_groups")
    pages = paginator.paginate(IdentityStoreId=STORE, PaginationConfig={"PageSize": 5})
    seen = [one["GroupId"] for page in pages for one in page["Groups"]]
    assert len(seen) == len(set(seen))
    assert seen[-12:] == made


def test_a_filter_finds_the_exact_group(aws):
    who = group(aws, "Engineers")
    group(aws, "Engineers too")
    filters = [{"AttributePath": "DisplayName", "AttributeValue": "Engineers"}]
    found = aws.list_groups(IdentityStoreId=STORE, Filters=filters)["Groups"]
    assert [one["GroupId"] for one in found] == [who]


def test_a_token_of_one_list_is_rejected_by_another(aws):
    for n in range(3):
        group(aws, f"Group {n}")
    token = aws.list_groups(IdentityStoreId=STORE, MaxResults=1)["NextToken"]
    text = invalid(aws, lambda: aws.list_users(IdentityStoreId=STORE, NextToken=token))
    assert text == "The NextToken is invalid"


# --- memberships --------------------------------------------------------------------------------


def test_a_membership_is_described_found_listed_and_deleted(aws):
    who, user = group(aws, "Engineers"), create(aws)
    membership = join(aws, who, user)
    shown = aws.describe_group_membership(IdentityStoreId=STORE, MembershipId=membership)
    assert (shown["GroupId"], shown["MemberId"]) == (who, {"UserId": user})
    both = {"IdentityStoreId": STORE, "GroupId": who, "MemberId": {"UserId": user}}
    assert aws.get_group_membership_id(**both)["MembershipId"] == membership
    assert members(aws, who) == [user]
    listed = aws.list_group_memberships_for_member(IdentityStoreId=STORE, MemberId={"UserId": user})
    assert [one["GroupId"] for one in listed["GroupMemberships"]] == [who]
    aws.delete_group_membership(IdentityStoreId=STORE, MembershipId=membership)
    assert members(aws, who) == []
    aws.delete_group_membership(IdentityStoreId=STORE, MembershipId=membership)  # Idempotent.


def test_membership_is_unique(aws):
    who, user = group(aws, "Engineers"), create(aws)
    join(aws, who, user)
    error = expect_error(lambda: join(aws, who, user), aws.exceptions.ConflictException)
    assert error["Error"]["Message"].startswith("Member and Group relationship already exists")


@pytest.mark.parametrize(
    ("who", "text", "kind"), [("user", "Member does not exist", "USER"), ("group", "Group does not exist", "GROUP")]
)
def test_membership_requires_group_and_member(aws, who, text, kind):
    ends = {"group": group(aws, "Engineers"), "user": create(aws)} | {who: MISSING}
    error = expect_error(lambda: join(aws, ends["group"], ends["user"]), aws.exceptions.ResourceNotFoundException)
    assert (error["Error"]["Message"], error["ResourceType"]) == (text, kind)


def test_a_missing_membership_is_reported(aws):
    error = expect_error(
        lambda: aws.describe_group_membership(IdentityStoreId=STORE, MembershipId=MISSING),
        aws.exceptions.ResourceNotFoundException,
    )
    assert error["ResourceType"] == "GROUP_MEMBERSHIP"


def test_is_member_in_groups_keeps_the_order_of_the_request(aws):
    user = create(aws)
    inside, outside = group(aws, "In"), group(aws, "Out")
    join(aws, inside, user)
    request = [outside, MISSING, inside]
    results = aws.is_member_in_groups(IdentityStoreId=STORE, MemberId={"UserId": user}, GroupIds=request)["Results"]
    assert [one["GroupId"] for one in results] == request
    assert [one["MembershipExists"] for one in results] == [False, False, True]
    assert all(one["MemberId"] == {"UserId": user} for one in results)


def test_a_deleted_user_or_group_takes_its_memberships_along(aws):
    user, other = create(aws), create(aws)
    first, second = group(aws, "First"), group(aws, "Second")
    join(aws, first, user)
    join(aws, first, other)
    membership = join(aws, second, other)
    aws.delete_user(IdentityStoreId=STORE, UserId=user)
    assert members(aws, first) == [other]
    aws.delete_group(IdentityStoreId=STORE, GroupId=second)
    expect_error(
        lambda: aws.describe_group_membership(IdentityStoreId=STORE, MembershipId=membership),
        aws.exceptions.ResourceNotFoundException,
    )
    aws.delete_group(IdentityStoreId=STORE, GroupId=second)  # Idempotent.


@pytest.mark.parametrize(
    ("operation", "arguments", "kind"),
    [
        ("list_group_memberships", {"GroupId": MISSING}, "GROUP"),
        ("list_group_memberships_for_member", {"MemberId": {"UserId": MISSING}}, "USER"),
    ],
)
def test_memberships_of_an_unknown_user_are_not_found(aws, operation, arguments, kind):
    error = expect_error(
        lambda: getattr(aws, operation)(IdentityStoreId=STORE, **arguments),
        aws.exceptions.ResourceNotFoundException,
    )
    assert error["ResourceType"] == kind


# --- a directory sync ---------------------------------------------------------------------------


def test_a_directory_sync_of_120_users_writes_once_and_then_nothing(aws):
    wanted = {f"sync-{n:03}": f"Team {n % 4}" for n in range(120)}

    def sync():
        """Makes the store as wanted; how many writes that took."""
        writes = 0
        pages = aws.get_paginator("list_users").paginate(IdentityStoreId=STORE)
        users = {one["UserName"]: one["UserId"] for page in pages for one in page["Users"]}
        pages = aws.get_paginator("list_groups").paginate(IdentityStoreId=STORE)
        groups = {one["DisplayName"]: one["GroupId"] for page in pages for one in page["Groups"]}
        for name in sorted(set(wanted) - set(users)):
            users[name] = create(aws, UserName=name)
            writes += 1
        for team in sorted(set(wanted.values()) - set(groups)):
            groups[team] = group(aws, team)
            writes += 1
        for team in sorted(set(wanted.values())):
            right = {users[name] for name, its in wanted.items() if its == team}
            for user in sorted(right - set(members(aws, groups[team]))):
                join(aws, groups[team], user)
                writes += 1
        return writes

    assert sync() == 120 + 4 + 120
    assert sync() == 0


# --- the store ----------------------------------------------------------------------------------


@pytest.mark.newer
def test_the_store_is_described_and_listed(aws):
    shown = aws.describe_identity_store(IdentityStoreId=STORE)
    assert shown["IdentityStoreId"] == STORE
    assert shown["IdentityStoreArn"].endswith(f":identitystore/{STORE}")
    stores = aws.list_identity_stores()["IdentityStores"]
    assert STORE in [store["IdentityStoreId"] for store in stores]
