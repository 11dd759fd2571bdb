"""What Terraform's `aws_identitystore_user`, `_group` and `_group_membership` send, call by call.

A resource is created, read, changed in the provider's fixed order, read as gone once somebody deleted
it, destroyed, and imported by its id. Source: docs/aws-behaviour.md §2, "What Terraform sends".
"""

import pytest

import aws as a
from server import STORE

# --- aws_identitystore_user ---------------------------------------------------------------------

# The argument in the configuration, and the path that an update sends for it: in this order.
ORDER = [
    ("display_name", "displayName"),
    ("locale", "locale"),
    ("family_name", "name.familyName"),
    ("formatted", "name.formatted"),
    ("given_name", "name.givenName"),
    ("honorific_prefix", "name.honorificPrefix"),
    ("honorific_suffix", "name.honorificSuffix"),
    ("middle_name", "name.middleName"),
    ("nickname", "nickName"),
    ("preferred_language", "preferredLanguage"),
    ("profile_url", "profileUrl"),
    ("timezone", "timezone"),
    ("title", "title"),
    ("user_type", "userType"),
    ("addresses", "addresses"),
    ("emails", "emails"),
    ("phone_numbers", "phoneNumbers"),
]
NAMES = ["family_name", "formatted", "given_name", "honorific_prefix", "honorific_suffix", "middle_name"]
FULL = {
    "display_name": "Jane Doe",
    "locale": "en-NZ",
    "family_name": "Doe",
    "formatted": "Dr Jane Q Doe Jr",
    "given_name": "Jane",
    "honorific_prefix": "Dr",
    "honorific_suffix": "Jr",
    "middle_name": "Q",
    "nickname": "JD",
    "preferred_language": "EN",
    "profile_url": "https://example.com/jane",
    "timezone": "UTC",
    "title": "Engineer",
    "user_type": "Member",
    "addresses": [{"country": "NZ", "formatted": "1 Main St", "primary": True, "streetAddress": "1 Main St"}],
    "emails": [{"primary": True, "type": "work", "value": "jane@example.com"}],
    "phone_numbers": [{"primary": True, "type": "mobile", "value": "+1 555 0100"}],
}
LEAST = {"display_name": "Jane Doe", "family_name": "Doe", "given_name": "Jane"}


def member_of(path):
    """`name.givenName` is `GivenName` of Name; `profileUrl` is `ProfileUrl`."""
    last = path.rpartition(".")[2]
    return last[0].upper() + last[1:]


def members(value):
    """What a configuration's list holds, as CreateUser takes it and DescribeUser shows it."""
    if not isinstance(value, list):
        return value
    return [{key[0].upper() + key[1:]: inner for key, inner in item.items()} for item in value]


def create_user(aws, name, configuration):
    arguments = {"IdentityStoreId": STORE, "UserName": name, "Name": {}}
    for argument, path in ORDER:
        if argument in configuration:
            into = arguments["Name"] if argument in NAMES else arguments
            into[member_of(path)] = members(configuration[argument])
    return aws.create_user(**arguments)["UserId"]


def read_user(aws, user):
    """The state that a read leaves: None is a resource to be made again."""
    try:
        shown = aws.describe_user(IdentityStoreId=STORE, UserId=user)
    except aws.exceptions.ResourceNotFoundException:
        return None
    found = {}
    for argument, path in ORDER:
        value = (shown["Name"] if argument in NAMES else shown).get(member_of(path))
        if value is not None:
            found[argument] = value
    return found


def state(configuration):
    return {argument: members(value) for argument, value in configuration.items()}


def apply_user(aws, user, old, new):
    """One UpdateUser with what changed, in the provider's order; what went is null."""
    changed = [
        (path, new.get(argument)) for argument, path in ORDER if old.get(argument) != new.get(argument)
    ]
    if changed:
        a.update(aws, user, *changed)
    return [path for path, _ in changed]


def test_user_with_all_attributes_is_created_and_read_without_a_diff(aws):
    user = create_user(aws, "jane", FULL)
    assert read_user(aws, user) == state(FULL)
    assert apply_user(aws, user, FULL, FULL) == []


def test_user_with_required_attributes_is_created_and_read_without_a_diff(aws):
    user = create_user(aws, "jane", LEAST)
    assert read_user(aws, user) == state(LEAST)


@pytest.mark.parametrize("argument", [argument for argument, _ in ORDER if argument not in LEAST])
def test_each_argument_is_added_changed_and_cleared(aws, argument):
    user = create_user(aws, "jane", LEAST)
    added = LEAST | {argument: FULL[argument]}
    assert len(apply_user(aws, user, LEAST, added)) == 1
    assert read_user(aws, user) == state(added)
    other = [{"primary": False}] if isinstance(FULL[argument], list) else "Something else"
    changed = LEAST | {argument: other}
    apply_user(aws, user, added, changed)
    assert read_user(aws, user) == state(changed)
    apply_user(aws, user, changed, LEAST)
    assert read_user(aws, user) == state(LEAST)


def test_everything_changes_in_one_call_in_the_fixed_order(aws):
    user = create_user(aws, "jane", FULL)
    new = {name: f"New {value}" for name, value in FULL.items() if isinstance(value, str)}
    new |= {
        "addresses": [{"locality": "Town", "postalCode": "1", "region": "R", "type": "home"}],
        "emails": [{"type": "home", "value": "new@example.com"}],
        "phone_numbers": [{"value": "+1 555 0199"}],
    }
    assert apply_user(aws, user, FULL, new) == [path for _, path in ORDER]
    assert read_user(aws, user) == state(new)
    cleared = apply_user(aws, user, new, LEAST)
    assert cleared == [path for _, path in ORDER]  # The three that stay go back to their old values.
    assert read_user(aws, user) == state(LEAST)


def test_user_deleted_outside_terraform_is_created_again(aws):
    user = create_user(aws, "jane", FULL)
    aws.delete_user(IdentityStoreId=STORE, UserId=user)
    assert read_user(aws, user) is None
    aws.delete_user(IdentityStoreId=STORE, UserId=user)  # A destroy of it would succeed, too.
    assert create_user(aws, "jane", FULL) != user


def test_a_changed_user_name_is_a_delete_and_a_create(aws):
    user = create_user(aws, "jane", FULL)
    aws.delete_user(IdentityStoreId=STORE, UserId=user)
    again = create_user(aws, "jane.doe", FULL)  # The same e-mail address: it is free at once.
    assert read_user(aws, again) == state(FULL)


def test_a_user_is_imported_by_store_and_id(aws):
    user = create_user(aws, "jane", FULL)
    store, user = f"{STORE}/{user}".split("/")
    assert read_user(aws, user) == state(FULL)
    assert store == STORE


def test_the_data_source_finds_a_user_by_name_and_external_id_fails_cleanly(aws):
    user = create_user(aws, "jane", FULL)
    for path, value in [("UserName", "jane"), ("Emails.Value", "jane@example.com")]:
        unique = {"UniqueAttribute": {"AttributePath": path, "AttributeValue": value}}
        found = aws.get_user_id(IdentityStoreId=STORE, AlternateIdentifier=unique)
        assert found["UserId"] == user
    external = {"ExternalId": {"Issuer": "https://example.com", "Id": "jane"}}
    a.expect_error(
        lambda: aws.get_user_id(IdentityStoreId=STORE, AlternateIdentifier=external),
        aws.exceptions.ResourceNotFoundException,
    )


# --- aws_identitystore_group --------------------------------------------------------------------


def create_group(aws, name, **more):
    return aws.create_group(IdentityStoreId=STORE, DisplayName=name, **more)["GroupId"]


def update_group(aws, group, *pairs):
    operations = [{"AttributePath": path, "AttributeValue": value} for path, value in pairs]
    return aws.update_group(IdentityStoreId=STORE, GroupId=group, Operations=operations)


def read_group(aws, group):
    try:
        shown = aws.describe_group(IdentityStoreId=STORE, GroupId=group)
    except aws.exceptions.ResourceNotFoundException:
        return None
    return shown["DisplayName"], shown.get("Description")


def test_a_group_is_created_read_changed_imported_and_destroyed(aws):
    group = create_group(aws, "Engineers", Description="They build")
    assert read_group(aws, group) == ("Engineers", "They build")
    update_group(aws, group, ("description", "They design"), ("displayName", "Designers"))
    assert read_group(aws, group) == ("Designers", "They design")
    assert read_group(aws, f"{STORE}/{group}".split("/")[1]) == ("Designers", "They design")
    for path in ("displayName", "DisplayName"):  # The data source says the second.
        unique = {"UniqueAttribute": {"AttributePath": path, "AttributeValue": "Designers"}}
        found = aws.get_group_id(IdentityStoreId=STORE, AlternateIdentifier=unique)
        assert found["GroupId"] == group
    aws.delete_group(IdentityStoreId=STORE, GroupId=group)
    assert read_group(aws, group) is None


def test_cleared_description_is_sent_as_empty_text_and_rejected(aws):
    """Assumed (docs/aws-behaviour.md §12): the response of AWS is unknown."""
    group = create_group(aws, "Engineers", Description="They build")
    a.invalid(aws, lambda: update_group(aws, group, ("description", "")))
    assert read_group(aws, group) == ("Engineers", "They build")


# --- aws_identitystore_group_membership ---------------------------------------------------------


def read_membership(aws, membership):
    try:
        shown = aws.describe_group_membership(IdentityStoreId=STORE, MembershipId=membership)
    except aws.exceptions.ResourceNotFoundException:
        return None
    return shown["GroupId"], shown["MemberId"]["UserId"]


def test_a_membership_is_created_read_imported_and_destroyed(aws):
    group, user = create_group(aws, "Engineers"), create_user(aws, "jane", LEAST)
    both = {"IdentityStoreId": STORE, "GroupId": group, "MemberId": {"UserId": user}}
    membership = aws.create_group_membership(**both)["MembershipId"]
    assert read_membership(aws, membership) == (group, user)
    aws.delete_group_membership(IdentityStoreId=STORE, MembershipId=membership)
    assert read_membership(aws, membership) is None
    again = aws.create_group_membership(**both)["MembershipId"]
    assert again != membership
    aws.delete_user(IdentityStoreId=STORE, UserId=user)  # The user goes first in a destroy of all.
    assert read_membership(aws, again) is None
    aws.delete_group_membership(IdentityStoreId=STORE, MembershipId=again)
    aws.delete_group(IdentityStoreId=STORE, GroupId=group)


# --- a module: user, group, membership and account assignment ------------------------------------


def test_module_assigns_a_group_to_an_account_and_destroys_everything(spawn):
    config = '[aws]\nassignment_delay = "2s"'
    server = spawn("--clock", "2026-01-02T03:04:05Z", config=config)
    server.control("PUT", "/clock", {"freeze": True})
    aws, sso = a.client(server), a.client(server, service="sso-admin")

    # data.aws_ssoadmin_instances
    (instance,) = sso.list_instances()["Instances"]
    store = {"IdentityStoreId": instance["IdentityStoreId"]}
    of_instance = {"InstanceArn": instance["InstanceArn"]}
    # data.aws_ssoadmin_permission_set, by name
    found = {}
    for page in sso.get_paginator("list_permission_sets").paginate(**of_instance):
        for arn in page["PermissionSets"]:
            shown = sso.describe_permission_set(**of_instance, PermissionSetArn=arn)["PermissionSet"]
            found[shown["Name"]] = arn
    permission_set = of_instance | {"PermissionSetArn": found["DeveloperAccess"]}
    sso.list_tags_for_resource(**of_instance, ResourceArn=found["DeveloperAccess"])
    assert sso.get_inline_policy_for_permission_set(**permission_set)["InlinePolicy"]
    # aws_identitystore_user, _group, _group_membership
    user = aws.create_user(**a.person())["UserId"]
    group = aws.create_group(**store, DisplayName="Platform")["GroupId"]
    member = {"GroupId": group, "MemberId": {"UserId": user}}
    membership = aws.create_group_membership(**store, **member)["MembershipId"]
    assert aws.describe_group_membership(**store, MembershipId=membership)["GroupId"] == group

    # aws_ssoadmin_account_assignment
    target = {"TargetId": "123456789012", "TargetType": "AWS_ACCOUNT"}
    assignment = permission_set | target | {"PrincipalId": group, "PrincipalType": "GROUP"}

    def assigned():
        pages = sso.get_paginator("list_account_assignments")
        pages = pages.paginate(**permission_set, AccountId=target["TargetId"])
        return [one["PrincipalId"] for page in pages for one in page["AccountAssignments"]]

    assert assigned() == []
    created = sso.create_account_assignment(**assignment)["AccountAssignmentCreationStatus"]
    id = {"AccountAssignmentCreationRequestId": created["RequestId"]}

    def creation():
        shown = sso.describe_account_assignment_creation_status(**of_instance, **id)
        return shown["AccountAssignmentCreationStatus"]["Status"]

    assert wait_for(creation, server) == ["IN_PROGRESS", "IN_PROGRESS", "SUCCEEDED"]
    assert assigned() == [group]
    inherited = {"PrincipalId": user, "PrincipalType": "USER"}
    (through,) = sso.list_account_assignments_for_principal(**of_instance, **inherited)["AccountAssignments"]
    assert (through["PrincipalType"], through["PrincipalId"]) == ("GROUP", group)

    # terraform destroy, in reverse
    deleted = sso.delete_account_assignment(**assignment)["AccountAssignmentDeletionStatus"]
    id = {"AccountAssignmentDeletionRequestId": deleted["RequestId"]}

    def deletion():
        shown = sso.describe_account_assignment_deletion_status(**of_instance, **id)
        return shown["AccountAssignmentDeletionStatus"]["Status"]

    assert wait_for(deletion, server) == ["IN_PROGRESS", "IN_PROGRESS", "SUCCEEDED"]
    assert assigned() == []
    aws.delete_group_membership(**store, MembershipId=membership)
    aws.delete_group(**store, GroupId=group)
    aws.delete_user(**store, UserId=user)
    a.expect_error(lambda: aws.describe_user(**store, UserId=user), aws.exceptions.ResourceNotFoundException)


def wait_for(status, server):
    """Polls once a second, of the server's clock, until a request is done. Returns each status."""
    seen = [status()]
    while seen[-1] == "IN_PROGRESS":
        server.control("PUT", "/clock", {"advance": "1s"})
        seen.append(status())
    return seen
