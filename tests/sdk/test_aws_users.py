"""CreateUser, DescribeUser, DeleteUser, ListUsers and GetUserId, as boto3 sees them."""

import re
from datetime import datetime, timezone

import pytest

from aws import create, describe, invalid, person, expect_error, update
from server import MISSING, STORE

EVERYTHING = {
    "UserName": "ada.lovelace",
    "DisplayName": "Ada Lovelace",
    "Name": {
        "Formatted": "The Hon. Ada King Lovelace, Countess",
        "GivenName": "Ada",
        "FamilyName": "Lovelace",
        "MiddleName": "King",
        "HonorificPrefix": "The Hon.",
        "HonorificSuffix": "Countess",
    },
    "NickName": "Ada",
    "ProfileUrl": "https://example.com/ada",
    "Emails": [{"Value": "ada@example.com", "Type": "work", "Primary": True}],
    "Addresses": [
        {
            "StreetAddress": "12 St James's Square",
            "Locality": "London",
            "Region": "Greater London",
            "PostalCode": "SW1Y 4JH",
            "Country": "GB",
            "Formatted": "12 St James's Square\nLondon",
            "Type": "home",
            "Primary": False,
        }
    ],
    "PhoneNumbers": [{"Value": "+44 20 7946 0000", "Type": "work", "Primary": True}],
    "UserType": "Analyst",
    "Title": "Countess",
    "PreferredLanguage": "en-GB",
    "Locale": "en-GB",
    "Timezone": "Europe/London",
    "Photos": [
        {"Value": f"https://example.com/{n}.png", "Type": "photo", "Display": f"{n}", "Primary": n == 1}
        for n in (1, 2, 3)
    ],
    "Website": "https://ada.example.com",
    "Birthdate": "1815-12-10",
    "Roles": [{"Value": "programmer", "Type": "first", "Primary": True}],
}
EXTENSION = "aws:identitystore:enterprise"
ENTERPRISE = {
    "employeeNumber": "1",
    "costCenter": "C-7",
    "organization": "Analytical Engines",
    "division": "Notes",
    "department": "G",
    "manager": {"value": "c.babbage"},
}


# --- create and describe ------------------------------------------------------------------------


@pytest.mark.parametrize("member", EVERYTHING)
def test_created_resource_is_described(aws, member):
    user = create(aws, **EVERYTHING)
    assert describe(aws, user)[member] == EVERYTHING[member]


@pytest.mark.unrepeatable
def test_a_new_user_has_an_id_its_store_a_status_times_and_authors(aws):
    before = datetime.now(timezone.utc)
    user = create(aws)
    shown = describe(aws, user)
    assert re.fullmatch(r"([0-9a-f]{10}-)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", user)
    assert shown["UserId"] == user
    assert shown["IdentityStoreId"] == STORE
    assert shown["UserStatus"] == "ENABLED"
    assert abs((shown["CreatedAt"] - before).total_seconds()) < 60
    assert shown["UpdatedAt"] == shown["CreatedAt"]
    assert shown["CreatedBy"] and shown["UpdatedBy"]


def test_times_are_milliseconds(aws):
    shown = describe(aws, create(aws))
    assert isinstance(shown["CreatedAt"], datetime)
    assert shown["CreatedAt"].microsecond % 1000 == 0


def test_unset_attributes_are_omitted(aws):
    shown = describe(aws, create(aws))
    given = {"UserName", "DisplayName", "Name"}
    always = {"IdentityStoreId", "UserId", "UserStatus", "CreatedAt", "CreatedBy", "UpdatedAt", "UpdatedBy"}
    assert set(shown) - {"UserArn", "Revision"} == given | always
    assert shown["Name"] == {"GivenName": "Per", "FamilyName": "Son"}


@pytest.mark.newer
def test_create_and_describe_return_arn_and_revision(aws):
    made = aws.create_user(**person())
    shown = describe(aws, made["UserId"])
    assert made["UserArn"] == f"arn:aws:identitystore:::user/{made['UserId']}" == shown["UserArn"]
    assert made["Revision"].isdigit() and made["Revision"] == shown["Revision"]
    assert made["IdentityStoreId"] == STORE


def test_an_extension_is_shown_only_when_asked_for(aws):
    user = create(aws, Extensions={EXTENSION: ENTERPRISE})
    assert "Extensions" not in describe(aws, user)
    assert describe(aws, user, Extensions=[EXTENSION])["Extensions"] == {EXTENSION: ENTERPRISE}


def test_a_list_of_users_shows_extensions_only_when_asked_for(aws):
    user = create(aws, Extensions={EXTENSION: ENTERPRISE})
    plain = aws.list_users(IdentityStoreId=STORE)["Users"]
    assert not any("Extensions" in one for one in plain)
    request = aws.list_users(IdentityStoreId=STORE, Extensions=[EXTENSION])["Users"]
    assert [one["Extensions"] for one in request if one["UserId"] == user] == [{EXTENSION: ENTERPRISE}]


def test_names_in_every_script_survive(aws):
    name = {"GivenName": "Śri 李", "FamilyName": "Ωμέγα ابن", "MiddleName": "🚀"}
    user = create(aws, UserName="Ünïcødé-用户", DisplayName="\u00a0\u3000\tनमस्ते\n", Name=name)
    shown = describe(aws, user)
    assert shown["UserName"] == "Ünïcødé-用户"
    assert shown["DisplayName"] == "\u00a0\u3000\tनमस्ते\n"
    assert shown["Name"] == name


def test_email_is_optional(aws):
    assert "Emails" not in describe(aws, create(aws))


def test_user_name_is_required(aws):
    text = invalid(aws, lambda: aws.create_user(**person(UserName=None)))
    assert text == "userName is a required attribute"


@pytest.mark.parametrize("name", [None, {}], ids=["absent", "empty"])
def test_display_name_and_name_are_required(aws, name):
    text = invalid(aws, lambda: aws.create_user(**(person(DisplayName=None, Name=name))))
    assert text == "displayname: The attribute displayname is required, name: The attribute name is required"


@pytest.mark.parametrize("missing", ["GivenName", "FamilyName"])
def test_given_and_family_name_are_required(aws, missing):
    name = {"GivenName": "Per", "FamilyName": "Son"}
    del name[missing]
    text = invalid(aws, lambda: aws.create_user(**person(Name=name)))
    assert f"The attribute {missing.lower()} is required" in text


@pytest.mark.parametrize("name", ["Administrator", "AWSAdministrators"])
def test_reserved_names_are_rejected(aws, name):
    text = invalid(aws, lambda: create(aws, UserName=name))
    assert text == f"The UserName {name} is reserved"


def test_a_birthdate_is_a_real_date(aws):
    assert "birthdate" in invalid(aws, lambda: create(aws, Birthdate="1815-02-30")).lower()


def test_an_unknown_extension_is_rejected(aws):
    aws_like = {"aws:identitystore:surprise": {"department": "G"}}
    invalid(aws, lambda: create(aws, Extensions=aws_like))


# --- uniqueness ---------------------------------------------------------------------------------


def test_user_name_is_unique(aws):
    create(aws, UserName="twice")
    error = expect_error(lambda: create(aws, UserName="twice"), aws.exceptions.ConflictException)
    assert error["Error"]["Message"] == "Duplicate UserName"
    assert error["Reason"] == "UNIQUENESS_CONSTRAINT_VIOLATION"


def test_email_is_unique(aws):
    email = [{"Value": "one@example.com"}]
    create(aws, Emails=email)
    error = expect_error(lambda: create(aws, Emails=email), aws.exceptions.ConflictException)
    assert error["Error"]["Message"] == "Duplicate Email"
    assert error["Reason"] == "UNIQUENESS_CONSTRAINT_VIOLATION"


def test_a_rejected_create_leaves_nothing_behind(aws):
    create(aws, Emails=[{"Value": "one@example.com"}])
    expect_error(
        lambda: create(aws, UserName="half-made", Emails=[{"Value": "one@example.com"}]),
        aws.exceptions.ConflictException,
    )
    create(aws, UserName="half-made")


def test_names_are_compared_exactly(aws):
    create(aws, UserName="case")
    create(aws, UserName="Case")


def test_display_names_may_repeat(aws):
    create(aws, DisplayName="Same")
    create(aws, DisplayName="Same")


# --- delete -------------------------------------------------------------------------------------


def test_a_deleted_user_is_gone_and_its_name_and_email_are_free(aws):
    mine = {"UserName": "gone", "Emails": [{"Value": "gone@example.com"}]}
    user = create(aws, **mine)
    aws.delete_user(IdentityStoreId=STORE, UserId=user)
    expect_error(lambda: describe(aws, user), aws.exceptions.ResourceNotFoundException)
    again = create(aws, **mine)
    assert again != user


def test_deleting_a_missing_resource_succeeds(aws):
    user = create(aws)
    for who in (user, user, MISSING):
        answer = aws.delete_user(IdentityStoreId=STORE, UserId=who)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.newer
def test_a_delete_with_an_old_revision_is_a_conflict(aws):
    made = aws.create_user(**person())
    update(aws, made["UserId"], ("title", "Newer"))
    delete = {"IdentityStoreId": STORE, "UserId": made["UserId"]}
    error = expect_error(
        lambda: aws.delete_user(**delete, Revision=made["Revision"]), aws.exceptions.ConflictException
    )
    assert error["Reason"] == "CONCURRENT_MODIFICATION"
    aws.delete_user(**delete, Revision=describe(aws, made["UserId"])["Revision"])


@pytest.mark.newer
def test_delete_of_a_missing_resource_accepts_any_revision(aws):
    aws.delete_user(IdentityStoreId=STORE, UserId=MISSING, Revision="1")


# --- what is missing ----------------------------------------------------------------------------


def test_a_missing_user_is_reported_with_type_id_and_request_id(aws):
    error = expect_error(lambda: describe(aws, MISSING), aws.exceptions.ResourceNotFoundException)
    assert error["Error"] == {"Code": "ResourceNotFoundException", "Message": "User not found"}
    assert error["ResourceType"] == "USER"
    assert error["ResourceId"] == MISSING
    assert error["RequestId"] == error["ResponseMetadata"]["RequestId"]
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", error["RequestId"])
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400


def calls_on(store):
    """Each operation on a store, with arguments that are otherwise fine."""
    one = {"IdentityStoreId": store, "UserId": MISSING}
    by_name = {"UniqueAttribute": {"AttributePath": "userName", "AttributeValue": "x"}}
    return {
        "create_user": person(IdentityStoreId=store),
        "describe_user": one,
        "update_user": one | {"Operations": [{"AttributePath": "title", "AttributeValue": "x"}]},
        "delete_user": one,
        "list_users": {"IdentityStoreId": store},
        "get_user_id": {"IdentityStoreId": store, "AlternateIdentifier": by_name},
    }


@pytest.mark.parametrize("operation", calls_on("d-0"))
def test_an_unknown_store_is_reported(aws, operation):
    store = "d-00000000ff"
    error = expect_error(
        lambda: getattr(aws, operation)(**calls_on(store)[operation]),
        aws.exceptions.ResourceNotFoundException,
    )
    assert error["Error"]["Message"] == f"IdentityStore not present for IdentityStoreId: {store}"
    assert error["ResourceType"] == "IDENTITY_STORE"
    assert error["ResourceId"] == store


@pytest.mark.newer
def test_arns_are_accepted_as_ids(aws):
    store = f"arn:aws:identitystore::123456789012:identitystore/{STORE}"
    made = aws.create_user(**person(IdentityStoreId=store))
    both = {"IdentityStoreId": store, "UserId": made["UserArn"]}
    assert aws.describe_user(**both)["UserId"] == made["UserId"]
    operations = [{"AttributePath": "title", "AttributeValue": "By ARN"}]
    assert aws.update_user(**both, Operations=operations)["UserId"] == made["UserId"]
    assert describe(aws, made["UserId"])["Title"] == "By ARN"
    aws.delete_user(**both)
    expect_error(lambda: describe(aws, made["UserId"]), aws.exceptions.ResourceNotFoundException)


# --- get user id --------------------------------------------------------------------------------


def get_user_id(aws, path, value):
    unique = {"UniqueAttribute": {"AttributePath": path, "AttributeValue": value}}
    return aws.get_user_id(IdentityStoreId=STORE, AlternateIdentifier=unique)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("userName", "ada.lovelace"),
        ("UserName", "ada.lovelace"),
        ("emails.value", "ada@example.com"),
        ("Emails.Value", "ada@example.com"),
    ],
)
def test_a_user_is_found_by_user_name_and_email_in_either_spelling(aws, path, value):
    user = create(aws, **EVERYTHING)
    found = get_user_id(aws, path, value)
    assert (found["UserId"], found["IdentityStoreId"]) == (user, STORE)


@pytest.mark.newer
def test_the_id_of_a_user_comes_with_its_arn(aws):
    user = create(aws, UserName="with-arn")
    found = get_user_id(aws, "userName", "with-arn")
    assert found["UserArn"] == f"arn:aws:identitystore:::user/{user}"


@pytest.mark.parametrize("path", ["userName", "emails.value"])
def test_unknown_value_is_not_found(aws, path):
    error = expect_error(lambda: get_user_id(aws, path, "nobody"), aws.exceptions.ResourceNotFoundException)
    assert error["Error"]["Message"] == "USER not found."
    assert error["ResourceType"] == "USER"


def test_unknown_external_id_is_not_found(aws):
    alternate = {"ExternalId": {"Issuer": "https://scim.example.com", "Id": "42"}}
    error = expect_error(
        lambda: aws.get_user_id(IdentityStoreId=STORE, AlternateIdentifier=alternate),
        aws.exceptions.ResourceNotFoundException,
    )
    assert error["ResourceType"] == "USER"


@pytest.mark.parametrize("path", ["displayName", "title", "name.givenName"])
def test_lookup_accepts_only_unique_attributes(aws, path):
    text = invalid(aws, lambda: get_user_id(aws, path, "Ada"))
    assert text == f"The attribute {path} is not a unique attribute"


def test_an_empty_value_finds_nothing(aws):
    text = invalid(aws, lambda: get_user_id(aws, "userName", ""))
    assert "attribute value cannot be empty or null for attribute path" in text


# --- list ---------------------------------------------------------------------------------------


def fill(aws, count):
    return [create(aws, UserName=f"filler-{n:03}") for n in range(count)]


def listed(pages):
    return [user["UserId"] for page in pages for user in page["Users"]]


def test_the_paginator_shows_every_user_once(aws):
    made = fill(aws, 130)
    pages = list(aws.get_paginator("list_users").paginate(IdentityStoreId=STORE))
    seen = listed(pages)
    assert len(pages[0]["Users"]) == 100  # The default, which is also the most.
    assert len(seen) == len(set(seen))
    assert [user for user in seen if user in set(made)] == made  # In the order of creation.
    assert "NextToken" not in pages[-1]


def test_pages_have_the_requested_size(aws):
    fill(aws, 7)
    paginator = aws.get_paginator("list_users")
    pages = list(paginator.paginate(IdentityStoreId=STORE, PaginationConfig={"PageSize": 3}))
    assert all(len(page["Users"]) == 3 for page in pages[:-1])
    assert listed(pages) == listed([aws.list_users(IdentityStoreId=STORE)])


def test_writes_between_pages_neither_skip_nor_repeat_users(aws):
    made = fill(aws, 9)
    first = aws.list_users(IdentityStoreId=STORE, MaxResults=5)
    seen = listed([first])
    aws.delete_user(IdentityStoreId=STORE, UserId=seen[0])
    create(aws, UserName="late")
    token = first["NextToken"]
    while token:
        page = aws.list_users(IdentityStoreId=STORE, MaxResults=5, NextToken=token)
        seen += listed([page])
        token = page.get("NextToken")
    assert len(seen) == len(set(seen))
    assert set(made) <= set(seen)


@pytest.mark.parametrize(("count", "rule"), [(0, "greater than or equal to 1"), (101, "less than or equal to 100")])
def test_a_page_has_1_to_100_users(raw, count, rule):
    text = invalid(raw, lambda: raw.list_users(IdentityStoreId=STORE, MaxResults=count))
    assert text == (
        f"1 validation error detected: Value '{count}' at 'maxResults' failed to satisfy constraint: "
        f"Member must have value {rule}"
    )


@pytest.mark.parametrize("token", ["garbage", "AAAA", "0" * 24])
def test_unknown_page_token_is_rejected(aws, token):
    text = invalid(aws, lambda: aws.list_users(IdentityStoreId=STORE, NextToken=token))
    assert text == "The NextToken is invalid"


def test_a_changed_token_is_rejected(aws):
    fill(aws, 3)
    token = aws.list_users(IdentityStoreId=STORE, MaxResults=1)["NextToken"]
    last = "0" if token[-1] != "0" else "1"
    invalid(aws, lambda: aws.list_users(IdentityStoreId=STORE, NextToken=token[:-1] + last))


def by_name(aws, path, value):
    filters = [{"AttributePath": path, "AttributeValue": value}]
    return aws.list_users(IdentityStoreId=STORE, Filters=filters)


@pytest.mark.parametrize("path", ["UserName", "userName"])
def test_a_filter_finds_the_exact_user_name(aws, path):
    user = create(aws, UserName="needle")
    create(aws, UserName="needles")
    found = by_name(aws, path, "needle")
    assert listed([found]) == [user]
    assert "NextToken" not in found


def test_a_filter_that_matches_none_is_an_empty_list(aws):
    assert by_name(aws, "UserName", "nobody")["Users"] == []


def test_a_filter_on_another_attribute_is_rejected(aws):
    invalid(aws, lambda: by_name(aws, "DisplayName", "x"))


def test_two_filters_are_too_many(raw):
    one = {"AttributePath": "UserName", "AttributeValue": "x"}
    text = invalid(raw, lambda: raw.list_users(IdentityStoreId=STORE, Filters=[one, one]))
    assert "at 'filters' failed to satisfy constraint: Member must have length less than or equal to 1" in text


def test_a_listed_user_is_shown_as_it_is_described(aws):
    user = create(aws, **EVERYTHING)
    assert by_name(aws, "UserName", "ada.lovelace")["Users"] == [describe(aws, user)]
