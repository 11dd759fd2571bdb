"""UpdateUser, as boto3 sees it: every path, what can be removed, and all or nothing."""

import pytest

from aws import LEFT_OUT, create, describe, invalid, person, expect_error, update
from server import MISSING, STORE

EXTENSION = "aws:identitystore:enterprise"
LONG = "x" * 1025

TEXTS = {  # Path on the left, where it is shown on the right.
    "nickName": "NickName",
    "profileUrl": "ProfileUrl",
    "userType": "UserType",
    "title": "Title",
    "preferredLanguage": "PreferredLanguage",
    "locale": "Locale",
    "timezone": "Timezone",
    "website": "Website",
    "name.formatted": "Name.Formatted",
    "name.middleName": "Name.MiddleName",
    "name.honorificPrefix": "Name.HonorificPrefix",
    "name.honorificSuffix": "Name.HonorificSuffix",
}
DEMANDED = {
    "userName": "UserName",
    "displayName": "DisplayName",
    "name.givenName": "Name.GivenName",
    "name.familyName": "Name.FamilyName",
}
LISTS = {  # Path, where it is shown, a value, and another that has less.
    "emails": ("Emails", {"value": "a@example.com", "type": "work", "primary": True}, {"value": "b@example.com"}),
    "phoneNumbers": ("PhoneNumbers", {"value": "+1 555", "type": "work", "primary": True}, {"type": "home"}),
    "addresses": (
        "Addresses",
        {
            "streetAddress": "1 Main St",
            "locality": "Springfield",
            "region": "OR",
            "postalCode": "97475",
            "country": "US",
            "formatted": "1 Main St, Springfield",
            "type": "home",
            "primary": True,
        },
        {"postalCode": "1"},
    ),
    "photos": (
        "Photos",
        {"value": "https://example.com/1.png", "type": "photo", "display": "One", "primary": True},
        {"value": "https://example.com/2.png"},
    ),
    "roles": ("Roles", {"value": "admin", "type": "main", "primary": True}, {"value": "guest"}),
}
ENTERPRISE = ["employeeNumber", "costCenter", "organization", "division", "department"]
MOST = {"emails": 1, "phoneNumbers": 1, "addresses": 1, "photos": 3, "roles": 1}


def at(shown, place):
    for step in place.split("."):
        shown = shown.get(step) if shown else None
    return shown


def pascal(element):
    return {key[0].upper() + key[1:]: value for key, value in element.items()}


# --- texts --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "place"), (TEXTS | DEMANDED).items())
def test_a_text_is_set_and_read_back(aws, path, place):
    user = create(aws)
    update(aws, user, (path, "first"))
    assert at(describe(aws, user), place) == "first"
    update(aws, user, (path, "second"))
    assert at(describe(aws, user), place) == "second"


@pytest.mark.parametrize("nothing", [None, LEFT_OUT], ids=["null", "left-out"])
@pytest.mark.parametrize(("path", "place"), TEXTS.items())
def test_a_text_is_removed(aws, path, place, nothing):
    user = create(aws)
    update(aws, user, (path, "something"))
    update(aws, user, (path, nothing))
    assert at(describe(aws, user), place) is None


def test_a_birthdate_is_set_and_removed(aws):
    user = create(aws)
    update(aws, user, ("birthdate", "1990-02-28"))
    assert describe(aws, user)["Birthdate"] == "1990-02-28"
    update(aws, user, ("birthdate", None))
    assert "Birthdate" not in describe(aws, user)


@pytest.mark.parametrize("date", ["1990-02-30", "28.02.1990", "1990-2-8"])
def test_birthdate_that_is_not_a_date_is_rejected(aws, date):
    user = create(aws)
    invalid(aws, lambda: update(aws, user, ("birthdate", date)))


def test_removing_an_unset_attribute_succeeds(aws):
    user = create(aws)
    before = describe(aws, user)
    update(aws, user, ("title", None), ("emails", None), ("name.middleName", None))
    changing = {"UpdatedAt", "Revision"}
    after = describe(aws, user)
    assert {k: v for k, v in after.items() if k not in changing} == {
        k: v for k, v in before.items() if k not in changing
    }


@pytest.mark.parametrize("nothing", [None, LEFT_OUT], ids=["null", "left-out"])
@pytest.mark.parametrize("path", [*DEMANDED, "name"])
def test_required_attributes_cannot_be_removed(aws, path, nothing):
    user = create(aws)
    before = describe(aws, user)
    text = invalid(aws, lambda: update(aws, user, (path, nothing)))
    assert path.split(".")[-1].lower() in text.lower() and "required" in text
    assert describe(aws, user) == before


def test_removing_a_display_name_has_the_error_message_of_create(aws):
    user = create(aws)
    text = invalid(aws, lambda: update(aws, user, ("displayName", None)))
    assert text == "displayname: The attribute displayname is required"


@pytest.mark.parametrize("path", [*TEXTS, *DEMANDED])
def test_an_empty_text_is_rejected(aws, path):
    user = create(aws)
    text = invalid(aws, lambda: update(aws, user, (path, "")))
    assert "Member must have length greater than or equal to 1" in text


@pytest.mark.parametrize("path", [*TEXTS, "displayName"])
def test_too_long_text_is_rejected_without_showing_it(aws, path):
    user = create(aws)
    text = invalid(aws, lambda: update(aws, user, (path, LONG)))
    assert "Member must have length less than or equal to 1024" in text
    assert LONG not in text


@pytest.mark.parametrize("name", ["with space", "x" * 129, "tab\tbed"])
def test_a_user_name_keeps_its_own_rules_in_an_update(aws, name):
    user = create(aws)
    invalid(aws, lambda: update(aws, user, ("userName", name)))


@pytest.mark.parametrize("value", [1, 1.5, True, ["x"], {"value": "x"}], ids=str)
def test_a_text_of_another_kind_is_rejected(aws, value):
    user = create(aws)
    text = invalid(aws, lambda: update(aws, user, ("title", value)))
    assert "title" in text


# --- rename -------------------------------------------------------------------------------------


def test_a_rename_frees_the_old_name_at_once(aws):
    user = create(aws, UserName="before")
    update(aws, user, ("userName", "after"))
    other = create(aws, UserName="before")
    assert describe(aws, user)["UserName"] == "after"
    assert describe(aws, other)["UserName"] == "before"


def test_rename_to_a_used_name_is_a_conflict(aws):
    create(aws, UserName="taken")
    user = create(aws, UserName="free")
    error = expect_error(lambda: update(aws, user, ("userName", "taken")), aws.exceptions.ConflictException)
    assert error["Error"]["Message"] == "Duplicate UserName"
    assert error["Reason"] == "UNIQUENESS_CONSTRAINT_VIOLATION"
    assert error["RequestId"] == error["ResponseMetadata"]["RequestId"]
    assert describe(aws, user)["UserName"] == "free"


def test_used_email_is_a_conflict(aws):
    create(aws, Emails=[{"Value": "taken@example.com"}])
    user = create(aws)
    error = expect_error(
        lambda: update(aws, user, ("emails", [{"value": "taken@example.com"}])),
        aws.exceptions.ConflictException,
    )
    assert error["Error"]["Message"] == "Duplicate Email"


def test_an_update_may_keep_its_own_unique_values(aws):
    user = create(aws, UserName="keeper", Emails=[{"Value": "keeper@example.com"}])
    update(aws, user, ("userName", "keeper"), ("emails", [{"value": "keeper@example.com", "type": "home"}]))
    assert describe(aws, user)["Emails"] == [{"Value": "keeper@example.com", "Type": "home"}]


def test_user_name_and_email_change_together(aws):
    user = create(aws, UserName="old", Emails=[{"Value": "old@example.com", "Type": "work"}])
    update(aws, user, ("userName", "new"), ("emails", [{"value": "new@example.com", "type": "work"}]))
    shown = describe(aws, user)
    assert (shown["UserName"], shown["Emails"][0]["Value"]) == ("new", "new@example.com")
    create(aws, UserName="old", Emails=[{"Value": "old@example.com"}])


@pytest.mark.parametrize("name", ["Administrator", "AWSAdministrators"])
def test_a_rename_to_a_reserved_name_is_rejected(aws, name):
    user = create(aws)
    text = invalid(aws, lambda: update(aws, user, ("userName", name)))
    assert text == f"The UserName {name} is reserved"


# --- lists --------------------------------------------------------------------------------------


@pytest.mark.parametrize("spell", [dict, pascal], ids=["camelCase", "PascalCase"])
@pytest.mark.parametrize("path", LISTS)
def test_a_list_is_set_and_answered_in_pascal_case(aws, path, spell):
    place, element, _ = LISTS[path]
    user = create(aws)
    update(aws, user, (path, [spell(element)]))
    assert describe(aws, user)[place] == [pascal(element)]


@pytest.mark.parametrize("path", LISTS)
def test_a_list_is_replaced_whole(aws, path):
    place, element, less = LISTS[path]
    user = create(aws)
    update(aws, user, (path, [element]))
    update(aws, user, (path, [less]))
    assert describe(aws, user)[place] == [pascal(less)]


@pytest.mark.parametrize("nothing", [None, LEFT_OUT], ids=["null", "left-out"])
@pytest.mark.parametrize("path", LISTS)
def test_a_list_is_removed(aws, path, nothing):
    place, element, _ = LISTS[path]
    user = create(aws)
    update(aws, user, (path, [element]))
    update(aws, user, (path, nothing))
    assert place not in describe(aws, user)


@pytest.mark.parametrize("path", ["emails", "phoneNumbers", "addresses", "roles"])
def test_element_may_have_only_a_primary_flag(aws, path):
    user = create(aws)
    update(aws, user, (path, [{"primary": False}]))
    assert describe(aws, user)[LISTS[path][0]] == [{"Primary": False}]


@pytest.mark.parametrize("path", LISTS)
def test_a_list_that_is_too_long_is_rejected(aws, path):
    user = create(aws)
    elements = [LISTS[path][1]] * (MOST[path] + 1)
    text = invalid(aws, lambda: update(aws, user, (path, elements)))
    assert text == f"List attribute {path} exceeds allowed limit of {MOST[path]}"


@pytest.mark.parametrize("path", LISTS)
def test_an_empty_list_is_rejected(aws, path):
    user = create(aws)
    text = invalid(aws, lambda: update(aws, user, (path, [])))
    assert "Member must have length greater than or equal to 1" in text


@pytest.mark.parametrize("path", LISTS)
def test_null_inside_an_element_is_rejected(aws, path):
    user = create(aws)
    invalid(aws, lambda: update(aws, user, (path, [LISTS[path][1] | {"type": None}])))
    assert LISTS[path][0] not in describe(aws, user)


@pytest.mark.parametrize("path", LISTS)
def test_an_unknown_key_in_an_element_is_rejected(aws, path):
    user = create(aws)
    text = invalid(aws, lambda: update(aws, user, (path, [LISTS[path][1] | {"surprise": "x"}])))
    assert "surprise" in text


@pytest.mark.parametrize("value", ["a@example.com", {"value": "a@example.com"}, ["a@example.com"], 1], ids=str)
def test_a_list_of_another_kind_is_rejected(aws, value):
    user = create(aws)
    invalid(aws, lambda: update(aws, user, ("emails", value)))


@pytest.mark.parametrize("element", [{"value": 1}, {"primary": "true"}, {"value": ["x"]}, {"value": ""}], ids=str)
def test_an_element_with_a_member_of_another_kind_is_rejected(aws, element):
    user = create(aws)
    invalid(aws, lambda: update(aws, user, ("emails", [element])))


def test_photo_value_is_required(aws):
    user = create(aws)
    invalid(aws, lambda: update(aws, user, ("photos", [{"type": "photo"}])))


@pytest.mark.parametrize(
    "path",
    ["emails.value", "emails.type", "addresses.country", "phoneNumbers.value", "photos.value", "roles.primary"],
)
def test_path_into_a_list_is_rejected_with_advice_to_replace_the_list(aws, path):
    user = create(aws)
    text = invalid(aws, lambda: update(aws, user, (path, "x")))
    name = path.split(".")[0]
    assert text == (
        f"Unsupported update operation on multi-value attribute {name}, "
        "please provide full replacement of Multi-Value attribute types"
    )


# --- the name as a whole ------------------------------------------------------------------------


def test_a_name_is_replaced_whole(aws):
    user = create(aws)
    update(aws, user, ("name.middleName", "M"))
    update(aws, user, ("name", {"givenName": "New", "familyName": "Name"}))
    assert describe(aws, user)["Name"] == {"GivenName": "New", "FamilyName": "Name"}


@pytest.mark.parametrize("name", [{}, {"givenName": "Only"}, {"familyName": "Only"}], ids=str)
def test_replaced_name_requires_given_and_family_name(aws, name):
    user = create(aws)
    before = describe(aws, user)
    assert "required" in invalid(aws, lambda: update(aws, user, ("name", name)))
    assert describe(aws, user) == before


@pytest.mark.parametrize("name", ["Per Son", [{"givenName": "A", "familyName": "B"}], 7], ids=str)
def test_a_name_of_another_kind_is_rejected(aws, name):
    user = create(aws)
    invalid(aws, lambda: update(aws, user, ("name", name)))


# --- the enterprise extension -------------------------------------------------------------------


@pytest.mark.parametrize("name", ENTERPRISE)
def test_an_enterprise_text_is_set_shown_when_asked_and_removed(aws, name):
    user = create(aws)
    update(aws, user, (f"{EXTENSION}.{name}", "x"))
    assert "Extensions" not in describe(aws, user)
    request = describe(aws, user, Extensions=[EXTENSION])
    assert request["Extensions"] == {EXTENSION: {name: "x"}}
    update(aws, user, (f"{EXTENSION}.{name}", None))
    assert "Extensions" not in describe(aws, user, Extensions=[EXTENSION])


def test_a_manager_is_set_by_value_or_whole(aws):
    user = create(aws)
    update(aws, user, (f"{EXTENSION}.manager.value", "boss"))
    shown = describe(aws, user, Extensions=[EXTENSION])
    assert shown["Extensions"] == {EXTENSION: {"manager": {"value": "boss"}}}
    update(aws, user, (f"{EXTENSION}.manager", {"value": "chief"}))
    shown = describe(aws, user, Extensions=[EXTENSION])
    assert shown["Extensions"] == {EXTENSION: {"manager": {"value": "chief"}}}
    update(aws, user, (f"{EXTENSION}.manager", None))
    assert "Extensions" not in describe(aws, user, Extensions=[EXTENSION])


def test_setting_one_enterprise_text_keeps_the_others(aws):
    user = create(aws, Extensions={EXTENSION: {"department": "Old", "division": "Kept"}})
    update(aws, user, (f"{EXTENSION}.department", "New"))
    shown = describe(aws, user, Extensions=[EXTENSION])
    assert shown["Extensions"] == {EXTENSION: {"department": "New", "division": "Kept"}}


# --- paths --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "UserName",
        "Title",
        "DisplayName",
        "Name.GivenName",
        "username",
        "nickname",
        "userStatus",
        "active",
        "externalIds",
        "userId",
        "identityStoreId",
        "createdAt",
        "updatedBy",
        "surprise",
        "name.nickName",
        "name.givenName.first",
        "title.short",
        "aws:identitystore:enterprise.surprise",
        "aws:identitystore:surprise.department",
    ],
)
def test_an_unsupported_path_is_reported(aws, path):
    user = create(aws)
    text = invalid(aws, lambda: update(aws, user, (path, "x")))
    assert text == f"Updates for AttributePath: {path} is not supported"


@pytest.mark.parametrize("path", ["emails[0].value", "a.b.c.d", "name-given", "title ", "title1", "a:b", ".title"])
def test_malformed_path_violates_the_pattern(aws, path):
    user = create(aws)
    text = invalid(aws, lambda: update(aws, user, (path, "x")))
    assert text == (
        f"1 validation error detected: Value '{path}' at 'operations.1.member.attributePath' failed to "
        "satisfy constraint: Member must satisfy regular expression pattern: "
        r"(?:\p{L}+:\p{L}+:\p{L}+(?:\.\p{L}+){0,3}|\p{L}+(?:\.\p{L}+){0,2})"
    )


# --- order of checks ----------------------------------------------------------------------------


def test_a_constraint_comes_before_an_unsupported_path(aws):
    user = create(aws)
    text = invalid(aws, lambda: update(aws, user, ("surprise", "x"), ("title1", "x")))
    assert "operations.2.member.attributePath" in text


def test_a_bad_path_on_a_missing_user_reports_the_path(aws):
    text = invalid(aws, lambda: update(aws, MISSING, ("surprise", "x")))
    assert text == "Updates for AttributePath: surprise is not supported"


def test_a_missing_user_comes_before_its_values(aws):
    error = expect_error(
        lambda: update(aws, MISSING, ("emails", "not a list"), ("displayName", None)),
        aws.exceptions.ResourceNotFoundException,
    )
    assert error["Error"]["Message"] == "User not found"
    assert (error["ResourceType"], error["ResourceId"]) == ("USER", MISSING)


# --- one call, one write ------------------------------------------------------------------------


def test_operations_are_applied_in_order_and_the_last_on_a_path_wins(aws):
    user = create(aws)
    update(aws, user, ("title", "first"), ("nickName", "kept"), ("title", "last"))
    shown = describe(aws, user)
    assert (shown["Title"], shown["NickName"]) == ("last", "kept")
    update(aws, user, ("title", "set"), ("title", None))
    assert "Title" not in describe(aws, user)


@pytest.mark.parametrize(
    "bad",
    [("surprise", "x"), ("emails", [{"value": 1}]), ("displayName", None), ("title", ""), ("userName", "taken")],
    ids=lambda pair: pair[0],
)
def test_invalid_last_of_100_operations_changes_nothing(aws, bad):
    create(aws, UserName="taken")
    user = create(aws, Title="before")
    before = describe(aws, user)
    with pytest.raises(aws.exceptions.ClientError):
        update(aws, user, *[("title", f"title {n}") for n in range(99)], bad)
    assert describe(aws, user) == before  # UpdatedAt and Revision too.


def test_100_operations_are_accepted(aws):
    user = create(aws)
    update(aws, user, *[("title", f"title {n}") for n in range(100)])
    assert describe(aws, user)["Title"] == "title 99"


def test_101_operations_are_too_many(raw):
    user = create(raw)
    text = invalid(raw, lambda: update(raw, user, *[("title", "x")] * 101))
    assert text.startswith("1 validation error detected: ")
    assert text.endswith(
        "at 'operations' failed to satisfy constraint: Member must have length less than or equal to 100"
    )


def test_update_without_operations_is_rejected(raw):
    user = create(raw)
    text = invalid(raw, lambda: update(raw, user))
    assert text == (
        "1 validation error detected: Value '[]' at 'operations' failed to satisfy constraint: "
        "Member must have length greater than or equal to 1"
    )


def test_an_update_moves_the_time_and_keeps_the_creation(aws):
    user = create(aws)
    before = describe(aws, user)
    update(aws, user, ("title", "x"))
    after = describe(aws, user)
    assert after["UpdatedAt"] >= before["UpdatedAt"]
    assert after["CreatedAt"] == before["CreatedAt"]


@pytest.mark.newer
def test_an_update_returns_store_id_arn_and_revision(aws):
    made = aws.create_user(**person())
    answer = update(aws, made["UserId"], ("title", "x"))
    answer.pop("ResponseMetadata")
    assert answer == {
        "IdentityStoreId": STORE,
        "UserId": made["UserId"],
        "UserArn": made["UserArn"],
        "Revision": describe(aws, made["UserId"])["Revision"],
    }
    assert answer["Revision"] != made["Revision"]


@pytest.mark.newer
def test_update_with_an_old_revision_is_a_conflict(aws):
    made = aws.create_user(**person())
    answer = update(aws, made["UserId"], ("title", "first"), Revision=made["Revision"])
    error = expect_error(
        lambda: update(aws, made["UserId"], ("title", "late"), Revision=made["Revision"]),
        aws.exceptions.ConflictException,
    )
    assert error["Reason"] == "CONCURRENT_MODIFICATION"
    assert error["Error"]["Message"] == "The Revision does not match the current revision of the resource"
    shown = describe(aws, made["UserId"])
    assert (shown["Title"], shown["Revision"]) == ("first", answer["Revision"])
    update(aws, made["UserId"], ("title", "second"), Revision=answer["Revision"])
    update(aws, made["UserId"], ("title", "unconditional"))


@pytest.mark.newer
def test_a_revision_on_a_missing_user_is_not_found(aws):
    expect_error(
        lambda: update(aws, MISSING, ("title", "x"), Revision="1"), aws.exceptions.ResourceNotFoundException
    )


@pytest.mark.newer
def test_each_of_ten_updates_has_a_revision_of_its_own(aws):
    user = create(aws)
    revisions = [update(aws, user, ("title", "same"))["Revision"] for _ in range(10)]
    assert len(set(revisions)) == 10


def test_requests_of_terraform_are_accepted(aws):
    user = create(aws, Title="old", NickName="old", Emails=[{"Value": "old@example.com", "Primary": True}])
    update(
        aws,
        user,
        ("displayName", "Acceptance Test"),
        ("locale", "en-US"),
        ("name.familyName", "Doe"),
        ("name.formatted", None),
        ("name.givenName", "John"),
        ("name.honorificPrefix", "Dr."),
        ("name.honorificSuffix", None),
        ("name.middleName", None),
        ("nickName", None),
        ("preferredLanguage", "EN"),
        ("profileUrl", "http://example.com/"),
        ("timezone", "UTC"),
        ("title", None),
        ("userType", "Member"),
        ("addresses", [{"country": "US", "primary": True}]),
        ("emails", [{"primary": False}]),
        ("phoneNumbers", None),
    )
    shown = describe(aws, user)
    assert shown["Name"] == {"GivenName": "John", "FamilyName": "Doe", "HonorificPrefix": "Dr."}
    assert shown["Emails"] == [{"Primary": False}]
    assert shown["Addresses"] == [{"Country": "US", "Primary": True}]
    assert not {"Title", "NickName", "PhoneNumbers"} & set(shown)
