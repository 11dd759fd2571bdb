"""Every operation of the SDK's model, one row each: successful, rejected, and paginated if it can be.

The rows are checked against the model of the installed boto3, so none can be forgotten.
"""

import datetime

import pytest

from aws import client, create, person, expect_error
from server import MISSING, STORE

NOWHERE = "d-ffffffffff"
UNIQUE_USER = {"UniqueAttribute": {"AttributePath": "userName", "AttributeValue": "somebody"}}
UNIQUE_GROUP = {"UniqueAttribute": {"AttributePath": "displayName", "AttributeValue": "Some Group"}}
RENAME = [{"AttributePath": "displayName", "AttributeValue": "Renamed"}]


class World:
    """A user in a group, and a user and a group besides."""

    def __init__(self, aws):
        def group(name):
            return aws.create_group(IdentityStoreId=STORE, DisplayName=name)["GroupId"]

        self.user, self.other = create(aws, UserName="somebody"), create(aws)
        self.group, self.empty = group("Some Group"), group("Empty Group")
        both = {"GroupId": self.group, "MemberId": {"UserId": self.user}}
        self.membership = aws.create_group_membership(IdentityStoreId=STORE, **both)["MembershipId"]


@pytest.fixture
def world(aws):
    return World(aws)


# Each operation's arguments but for the store; what they ask for exists.
OPERATIONS = {
    "create_user": lambda w: {k: v for k, v in person().items() if k != "IdentityStoreId"},
    "describe_user": lambda w: {"UserId": w.user},
    "update_user": lambda w: {"UserId": w.user, "Operations": RENAME},
    "delete_user": lambda w: {"UserId": w.user},
    "list_users": lambda w: {},
    "get_user_id": lambda w: {"AlternateIdentifier": UNIQUE_USER},
    "create_group": lambda w: {"DisplayName": "New Group"},
    "describe_group": lambda w: {"GroupId": w.group},
    "update_group": lambda w: {"GroupId": w.group, "Operations": RENAME},
    "delete_group": lambda w: {"GroupId": w.group},
    "list_groups": lambda w: {},
    "get_group_id": lambda w: {"AlternateIdentifier": UNIQUE_GROUP},
    "create_group_membership": lambda w: {"GroupId": w.empty, "MemberId": {"UserId": w.user}},
    "describe_group_membership": lambda w: {"MembershipId": w.membership},
    "delete_group_membership": lambda w: {"MembershipId": w.membership},
    "list_group_memberships": lambda w: {"GroupId": w.group},
    "list_group_memberships_for_member": lambda w: {"MemberId": {"UserId": w.user}},
    "get_group_membership_id": lambda w: {"GroupId": w.group, "MemberId": {"UserId": w.user}},
    "is_member_in_groups": lambda w: {"GroupIds": [w.group, w.empty], "MemberId": {"UserId": w.user}},
    "describe_identity_store": lambda w: {},
    "list_identity_stores": lambda w: {},
    "update_identity_store": lambda w: {"NetworkConfiguration": {"VpceAccessRequired": False}},
}
NEW = ["describe_identity_store", "list_identity_stores", "update_identity_store"]


def rows(names):
    return [pytest.param(name, marks=pytest.mark.newer) if name in NEW else name for name in names]


LEFT_OUT = object()


def call(aws, operation, world, store=STORE, **more):
    arguments = OPERATIONS[operation](world) | more
    if operation != "list_identity_stores":
        arguments["IdentityStoreId"] = store
    given = {member: value for member, value in arguments.items() if value is not LEFT_OUT}
    return getattr(aws, operation)(**given)


def shape_of(aws, operation):
    model = aws.meta.service_model
    return model.operation_model(aws.meta.method_to_api_mapping[operation])


def test_every_operation_of_the_model_has_a_row(aws):
    assert set(aws.meta.method_to_api_mapping) <= set(OPERATIONS)


@pytest.mark.parametrize("operation", rows(OPERATIONS))
def test_response_has_all_members_that_the_model_requires(aws, world, operation):
    answer = call(aws, operation, world)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert answer["ResponseMetadata"]["RequestId"]
    output = shape_of(aws, operation).output_shape
    for member in output.required_members if output else []:
        assert answer[member] not in (None, ""), member
    if "IdentityStoreId" in (output.members if output else []):
        assert answer.get("IdentityStoreId", STORE) == STORE


@pytest.mark.parametrize("operation", rows(name for name in OPERATIONS if name != "list_identity_stores"))
def test_an_operation_on_an_unknown_store_is_not_found(aws, world, operation):
    error = expect_error(
        lambda: call(aws, operation, world, store=NOWHERE), aws.exceptions.ResourceNotFoundException
    )
    assert error["Error"]["Message"] == f"IdentityStore not present for IdentityStoreId: {NOWHERE}"
    assert (error["ResourceType"], error["ResourceId"]) == ("IDENTITY_STORE", NOWHERE)


@pytest.mark.parametrize("operation", rows(name for name in OPERATIONS if name != "list_identity_stores"))
def test_an_operation_on_a_store_id_of_another_form_is_invalid(raw, world, operation):
    error = expect_error(
        lambda: call(raw, operation, world, store="surprise"), raw.exceptions.ValidationException
    )
    text = error["Error"]["Message"]
    assert text.startswith("1 validation error detected: Value 'surprise' at 'identityStoreId' failed")


@pytest.mark.parametrize("operation", rows(name for name in OPERATIONS if name not in NEW))
def test_each_required_member_is_checked(raw, world, operation):
    needed = set(shape_of(raw, operation).input_shape.required_members) - {"IdentityStoreId"}
    for member in needed:
        error = expect_error(
            lambda: call(raw, operation, world, **{member: LEFT_OUT}), raw.exceptions.ValidationException
        )
        path = member[0].lower() + member[1:]
        assert error["Error"]["Message"] == (
            f"1 validation error detected: Value null at '{path}' failed to satisfy constraint: "
            "Member must not be null"
        )


# Operations on one thing, the member that names it, and its kind; deletes of what is missing succeed.
MISSED = [
    ("describe_user", "UserId", "USER"),
    ("update_user", "UserId", "USER"),
    ("describe_group", "GroupId", "GROUP"),
    ("update_group", "GroupId", "GROUP"),
    ("create_group_membership", "GroupId", "GROUP"),
    ("describe_group_membership", "MembershipId", "GROUP_MEMBERSHIP"),
    ("get_group_membership_id", "GroupId", "GROUP_MEMBERSHIP"),
    ("list_group_memberships", "GroupId", "GROUP"),
]


@pytest.mark.parametrize(("operation", "member", "kind"), MISSED)
def test_missing_resources_are_reported_with_their_type(aws, world, operation, member, kind):
    error = expect_error(
        lambda: call(aws, operation, world, **{member: MISSING}), aws.exceptions.ResourceNotFoundException
    )
    assert error["ResourceType"] == kind
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert error["RequestId"] == error["ResponseMetadata"]["RequestId"]


@pytest.mark.parametrize(
    ("operation", "member"),
    [("delete_user", "UserId"), ("delete_group", "GroupId"), ("delete_group_membership", "MembershipId")],
)
def test_deletes_are_idempotent(aws, world, operation, member):
    call(aws, operation, world)
    call(aws, operation, world)
    call(aws, operation, world, **{member: MISSING})


def test_an_older_group_lookup_by_external_id_finds_nothing(aws):
    external = {"ExternalId": {"Issuer": "https://example.com", "Id": "nobody"}}
    error = expect_error(
        lambda: aws.get_group_id(IdentityStoreId=STORE, AlternateIdentifier=external),
        aws.exceptions.ResourceNotFoundException,
    )
    assert (error["Error"]["Message"], error["ResourceType"]) == ("GROUP not found.", "GROUP")


# --- paginators ---------------------------------------------------------------------------------

PAGED = {
    "list_users": "Users",
    "list_groups": "Groups",
    "list_group_memberships": "GroupMemberships",
    "list_group_memberships_for_member": "GroupMemberships",
    "list_identity_stores": "IdentityStores",
}


def test_every_paginator_of_the_model_has_a_row(aws):
    can = {name for name in aws.meta.method_to_api_mapping if aws.can_paginate(name)}
    assert can <= set(PAGED)


@pytest.mark.parametrize("operation", rows(PAGED))
@pytest.mark.parametrize("size", [1, 3])
def test_pages_joined_are_the_list(aws, world, operation, size):
    for _ in range(3):
        user = create(aws)
        members = {"GroupId": world.group, "MemberId": {"UserId": user}}
        aws.create_group_membership(IdentityStoreId=STORE, **members)
    for n in range(3):
        group = aws.create_group(IdentityStoreId=STORE, DisplayName=f"Group {n}")["GroupId"]
        members = {"GroupId": group, "MemberId": {"UserId": world.user}}
        aws.create_group_membership(IdentityStoreId=STORE, **members)
    member = PAGED[operation]
    whole = call(aws, operation, world)
    assert "NextToken" not in whole
    assert len(whole[member]) >= (1 if operation == "list_identity_stores" else 4)
    arguments = OPERATIONS[operation](world) | {"PaginationConfig": {"PageSize": size}}
    if operation != "list_identity_stores":
        arguments["IdentityStoreId"] = STORE
    pages = list(aws.get_paginator(operation).paginate(**arguments))
    assert [item for page in pages for item in page[member]] == whole[member]
    assert all(1 <= len(page[member]) <= size for page in pages)
    assert "NextToken" not in pages[-1]


@pytest.mark.parametrize("operation", rows(PAGED))
def test_list_rejects_an_unknown_page_token(aws, world, operation):
    error = expect_error(
        lambda: call(aws, operation, world, NextToken="surprise"), aws.exceptions.ValidationException
    )
    assert error["Error"]["Message"] == "The NextToken is invalid"


@pytest.mark.parametrize("operation", rows(PAGED))
@pytest.mark.parametrize("size", [0, 101])
def test_a_list_has_pages_of_1_to_100(raw, world, operation, size):
    error = expect_error(lambda: call(raw, operation, world, MaxResults=size), raw.exceptions.ValidationException)
    assert f"Value '{size}' at 'maxResults' failed to satisfy constraint" in error["Error"]["Message"]


# --- groups and memberships ---------------------------------------------------------------------


def test_is_member_in_groups_takes_up_to_100(raw, world):
    ask = {"IdentityStoreId": STORE, "MemberId": {"UserId": world.user}}
    results = raw.is_member_in_groups(GroupIds=[MISSING] * 99 + [world.group], **ask)["Results"]
    assert [one["MembershipExists"] for one in results] == [False] * 99 + [True]
    for wrong in ([], [MISSING] * 101):
        error = expect_error(
            lambda: raw.is_member_in_groups(GroupIds=wrong, **ask), raw.exceptions.ValidationException
        )
        assert "at 'groupIds' failed to satisfy constraint" in error["Error"]["Message"]


def test_an_unknown_user_is_in_no_group(aws, world):
    ask = {"IdentityStoreId": STORE, "MemberId": {"UserId": MISSING}, "GroupIds": [world.group]}
    results = aws.is_member_in_groups(**ask)["Results"]
    assert [one["MembershipExists"] for one in results] == [False]


def test_memberships_and_groups_have_times_and_authors(aws, world):
    found = call(aws, "describe_group_membership", world), call(aws, "describe_group", world)
    for shown in found:
        assert isinstance(shown["CreatedAt"], datetime.datetime)
        assert shown["CreatedAt"] == shown["UpdatedAt"]
        assert shown["CreatedBy"] and shown["UpdatedBy"]


@pytest.mark.newer
def test_arns_are_accepted_as_ids_of_groups_and_memberships(aws, world):
    def arn(kind, of):
        return f"arn:aws:identitystore:::{kind}/{of}"

    store = aws.describe_identity_store(IdentityStoreId=STORE)["IdentityStoreArn"]
    group = {"GroupId": arn("group", world.group)}
    membership = {"MembershipId": arn("membership", world.membership)}
    user = {"MemberId": {"UserId": arn("user", world.user)}}
    assert call(aws, "describe_group", world, store, **group)["GroupArn"] == group["GroupId"]
    found = call(aws, "get_group_membership_id", world, store, **group, **user)
    assert (found["MembershipId"], found["MembershipArn"]) == (world.membership, membership["MembershipId"])
    listed = call(aws, "list_group_memberships_for_member", world, store, **user)["GroupMemberships"]
    assert [one["GroupId"] for one in listed] == [world.group]
    request = call(aws, "is_member_in_groups", world, store, GroupIds=[group["GroupId"]], **user)
    assert [one["MembershipExists"] for one in request["Results"]] == [True]
    call(aws, "delete_group_membership", world, store, **membership)
    assert call(aws, "list_group_memberships", world, store, **group)["GroupMemberships"] == []


# --- the store ----------------------------------------------------------------------------------

NETWORK = {
    "VpceAccessRequired": True,
    "ApiRestrictSourceVpcs": [
        "arn:aws:ec2:us-east-1:123456789012:vpc/vpc-0123456789abcdef0",
        "vpc-01234567",
    ],
    "ApiAllowSourceIps": ["192.0.2.0/24", "2001:db8::/32"],
    "ScimAllowSourceIps": ["198.51.100.7/32"],
}


@pytest.mark.newer
def test_a_network_configuration_is_kept_and_replaced(server, aws):
    def shown():
        return aws.describe_identity_store(IdentityStoreId=STORE).get("NetworkConfiguration")

    aws.update_identity_store(IdentityStoreId=STORE, NetworkConfiguration=NETWORK)
    assert shown() == NETWORK
    smaller = {"VpceAccessRequired": False, "ApiAllowSourceIps": ["203.0.113.0/24"]}
    aws.update_identity_store(IdentityStoreId=STORE, NetworkConfiguration=smaller)
    assert shown() == smaller


@pytest.mark.newer
@pytest.mark.parametrize(
    ("member", "value", "place"),
    [
        ("VpceAccessRequired", None, "networkConfiguration.vpceAccessRequired"),
        ("ApiRestrictSourceVpcs", [], "networkConfiguration.apiRestrictSourceVpcs"),
        ("ApiRestrictSourceVpcs", ["surprise"] * 1, "networkConfiguration.apiRestrictSourceVpcs.1.member"),
        ("ApiAllowSourceIps", ["192.0.2.0/24"] * 51, "networkConfiguration.apiAllowSourceIps"),
        ("ScimAllowSourceIps", ["surprise"], "networkConfiguration.scimAllowSourceIps.1.member"),
    ],
)
def test_a_wrong_network_configuration_is_rejected_and_changes_nothing(raw, member, value, place):
    wrong = NETWORK | {member: value}
    error = expect_error(
        lambda: raw.update_identity_store(IdentityStoreId=STORE, NetworkConfiguration=wrong),
        raw.exceptions.ValidationException,
    )
    assert f"at '{place}' failed to satisfy constraint" in error["Error"]["Message"]
    assert "NetworkConfiguration" not in raw.describe_identity_store(IdentityStoreId=STORE)


@pytest.mark.newer
def test_the_stores_of_a_fixture_are_listed_by_pages_and_live_by_themselves(spawn):
    ids = [f"d-{n:010x}" for n in range(5)]
    aws = client(spawn(fixture={"store": [{"id": store} for store in ids]}))
    pages = list(aws.get_paginator("list_identity_stores").paginate(PaginationConfig={"PageSize": 2}))
    assert [len(page["IdentityStores"]) for page in pages] == [2, 2, 1]
    found = [one for page in pages for one in page["IdentityStores"]]
    assert sorted(one["IdentityStoreId"] for one in found) == ids
    for one in found:
        assert one["IdentityStoreArn"].endswith(f":identitystore/{one['IdentityStoreId']}")
    user = aws.create_user(**person(IdentityStoreId=ids[0]))["UserId"]
    for store in ids[1:]:
        expect_error(
            lambda: aws.describe_user(IdentityStoreId=store, UserId=user),
            aws.exceptions.ResourceNotFoundException,
        )


@pytest.mark.newer
def test_the_older_model_does_not_know_the_newer_operations(spawn, world):
    older = client(spawn("--aws-model", "19"))
    for operation in NEW:
        error = expect_error(lambda: call(older, operation, world), older.exceptions.ClientError)
        assert error["Error"]["Code"] == "UnknownOperationException"
