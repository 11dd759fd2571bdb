"""One directory behind two clouds: each reads the writes of the other."""

import pytest

import aws as a
import huawei as h
from server import STORE
from test_aws_users import ENTERPRISE, EVERYTHING, EXTENSION
from test_huawei_users import EVERYTHING as EVERYTHING_HUAWEI

# AWS's spelling, Huawei's spelling, a value.
TEXTS = [
    ("userName", "UserName", "user_name"),
    ("displayName", "DisplayName", "display_name"),
    ("nickName", "NickName", "nickname"),
    ("profileUrl", "ProfileUrl", "profile_url"),
    ("userType", "UserType", "user_type"),
    ("title", "Title", "title"),
    ("preferredLanguage", "PreferredLanguage", "preferred_language"),
    ("locale", "Locale", "locale"),
    ("timezone", "Timezone", "timezone"),
]
NAMES = {
    "Formatted": "formatted",
    "GivenName": "given_name",
    "FamilyName": "family_name",
    "MiddleName": "middle_name",
    "HonorificPrefix": "honorific_prefix",
    "HonorificSuffix": "honorific_suffix",
}
ADDRESS = {
    "StreetAddress": "street_address",
    "Locality": "locality",
    "Region": "region",
    "PostalCode": "postal_code",
    "Country": "country",
    "Formatted": "formatted",
    "Type": "type",
    "Primary": "primary",
}
PLURAL = {"Value": "value", "Type": "type", "Primary": "primary"}
LISTS = [
    ("Emails", "emails", PLURAL),
    ("PhoneNumbers", "phone_numbers", PLURAL),
    ("Addresses", "addresses", ADDRESS),
]
COMPANY = {
    "employeeNumber": "employee_number",
    "costCenter": "cost_center",
    "organization": "organization",
    "division": "division",
    "department": "department",
    "manager": "manager",
}


def renamed(element, names):
    """An element in Huawei's spelling; members that only Huawei has are not compared."""
    return {names[key]: value for key, value in element.items() if key in names}


def only(element, names):
    return {key: value for key, value in element.items() if key in names.values()}


# --- create -------------------------------------------------------------------------------------


def test_users_created_through_aws_are_described_through_huawei(aws, huawei):
    user = a.create(aws, **EVERYTHING, Extensions={EXTENSION: ENTERPRISE})
    found = h.shown(huawei, user)
    for _, shown, spelled in TEXTS:
        assert found[spelled] == EVERYTHING[shown]
    assert found["name"] == renamed(EVERYTHING["Name"], NAMES)
    for shown, spelled, names in LISTS:
        assert [only(one, names) for one in found[spelled]] == [
            renamed(one, names) for one in EVERYTHING[shown]
        ]
    assert found["enterprise"] == renamed(ENTERPRISE, COMPANY)


def test_users_created_through_huawei_are_described_through_aws(aws, huawei):
    user = h.create(huawei, **EVERYTHING_HUAWEI)
    found = a.describe(aws, user, Extensions=[EXTENSION])
    for _, shown, spelled in TEXTS:
        assert found[shown] == EVERYTHING_HUAWEI[spelled]
    assert renamed(found["Name"], NAMES) == EVERYTHING_HUAWEI["name"]
    for shown, spelled, names in LISTS:
        assert [renamed(one, names) for one in found[shown]] == EVERYTHING_HUAWEI[spelled]
    assert renamed(found["Extensions"][EXTENSION], COMPANY) == EVERYTHING_HUAWEI["enterprise"]
    assert found["UserStatus"] == "ENABLED"


def test_both_clouds_return_the_same_times(aws, huawei):
    for user in (a.create(aws), h.create(huawei)):
        by_aws, by_huawei = a.describe(aws, user), h.shown(huawei, user)
        assert round(by_aws["CreatedAt"].timestamp() * 1000) == by_huawei["created_at"]
        assert round(by_aws["UpdatedAt"].timestamp() * 1000) == by_huawei["updated_at"]


# --- update -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "shown", "spelled"), TEXTS)
def test_text_set_through_one_cloud_is_read_through_the_other(aws, huawei, path, shown, spelled):
    user = a.create(aws, Emails=[{"Value": "x@example.com", "Type": "work", "Primary": True}])
    a.update(aws, user, (path, "set-by-aws"))
    assert h.shown(huawei, user)[spelled] == "set-by-aws"
    h.update(huawei, user, (spelled, "set-by-huawei"))
    assert a.describe(aws, user)[shown] == "set-by-huawei"


@pytest.mark.parametrize(("path", "shown", "spelled"), TEXTS[2:])
def test_text_removed_through_one_cloud_is_absent_through_the_other(aws, huawei, path, shown, spelled):
    user = h.create(huawei, **{spelled: "x"})
    a.update(aws, user, (path, None))
    assert spelled not in h.shown(huawei, user)
    a.update(aws, user, (path, "x"))
    h.update(huawei, user, (spelled, h.LEFT_OUT))
    assert shown not in a.describe(aws, user)


def test_parts_of_a_name_set_by_aws_are_in_the_name_of_huawei(aws, huawei):
    user = h.create(huawei)
    a.update(aws, user, ("name.givenName", "Mei"), ("name.honorificPrefix", "Dr."))
    assert h.shown(huawei, user)["name"] == {
        "given_name": "Mei",
        "family_name": "Ren",
        "honorific_prefix": "Dr.",
    }


def test_the_enterprise_of_one_is_the_extension_of_the_other(aws, huawei):
    user = h.create(huawei)
    a.update(aws, user, (f"{EXTENSION}.department", "Ops"), (f"{EXTENSION}.manager.value", "boss"))
    assert h.shown(huawei, user)["enterprise"] == {"department": "Ops", "manager": {"value": "boss"}}
    h.update(huawei, user, ("enterprise", {"cost_center": "C"}))
    shown = a.describe(aws, user, Extensions=[EXTENSION])
    assert shown["Extensions"] == {EXTENSION: {"costCenter": "C"}}


def test_attributes_only_of_aws_survive_updates_of_huawei(aws, huawei):
    user = a.create(aws, **EVERYTHING)
    h.update(
        huawei,
        user,
        ("display_name", "Changed"),
        ("name", {"given_name": "C", "family_name": "D"}),
        ("emails", [{"value": "changed@example.com", "type": "work", "primary": True}]),
        ("addresses", None),
    )
    found = a.describe(aws, user)
    for member in ("Photos", "Roles", "Website", "Birthdate"):
        assert found[member] == EVERYTHING[member]
    assert found["DisplayName"] == "Changed"
    assert "Addresses" not in found


@pytest.mark.newer
def test_an_update_through_huawei_is_a_new_revision_for_aws(aws, huawei):
    made = aws.create_user(**a.person())
    h.update(huawei, made["UserId"], ("title", "x"))
    error = a.expect_error(
        lambda: a.update(aws, made["UserId"], ("title", "y"), Revision=made["Revision"]),
        aws.exceptions.ConflictException,
    )
    assert error["Reason"] == "CONCURRENT_MODIFICATION"


# --- delete, list, look up ----------------------------------------------------------------------


def test_deletes_of_one_cloud_are_seen_by_the_other(aws, huawei):
    user = a.create(aws)
    h.delete(huawei, user)
    a.expect_error(lambda: a.describe(aws, user), aws.exceptions.ResourceNotFoundException)
    user = h.create(huawei)
    aws.delete_user(IdentityStoreId=STORE, UserId=user)
    h.expect_error(lambda: h.describe(huawei, user), 404)


def test_both_list_the_same_users_in_the_same_order(aws, huawei):
    mine = [a.create(aws), h.create(huawei), a.create(aws)]
    by_aws = [user["UserId"] for user in aws.list_users(IdentityStoreId=STORE)["Users"]]
    by_huawei = [user.user_id for user in h.list_users(huawei).users]
    assert by_aws == by_huawei
    assert by_aws[-3:] == mine


def test_both_clouds_filter_and_look_up_users_of_the_other(aws, huawei):
    user = h.create(huawei, user_name="made.by.huawei")
    filters = [{"AttributePath": "UserName", "AttributeValue": "made.by.huawei"}]
    found = aws.list_users(IdentityStoreId=STORE, Filters=filters)["Users"]
    assert [one["UserId"] for one in found] == [user]
    unique = {"AttributePath": "userName", "AttributeValue": "made.by.huawei"}
    alternate = {"UniqueAttribute": unique}
    assert aws.get_user_id(IdentityStoreId=STORE, AlternateIdentifier=alternate)["UserId"] == user

    user = a.create(aws, UserName="made.by.aws")
    assert [one.user_id for one in h.list_users(huawei, user_name="made.by.aws").users] == [user]
    unique = {"attribute_path": "user_name", "attribute_value": "made.by.aws"}
    assert h.get_user_id(huawei, {"unique_attribute": unique}).user_id == user


def test_user_names_are_unique_across_both_clouds(aws, huawei):
    a.create(aws, UserName="by.aws")
    h.expect_error(lambda: h.create(huawei, user_name="by.aws"), 409)
    h.create(huawei, user_name="by.huawei")
    a.expect_error(lambda: a.create(aws, UserName="by.huawei"), aws.exceptions.ConflictException)


def test_enabled_is_the_status_of_aws(aws, huawei):
    statuses = {user["UserId"]: user["UserStatus"] for user in aws.list_users(IdentityStoreId=STORE)["Users"]}
    enabled = {user.user_id: user.enabled for user in h.list_users(huawei).users}
    assert statuses == {user: "ENABLED" if on else "DISABLED" for user, on in enabled.items()}


def test_verified_email_stays_verified_when_aws_sets_the_same_value(aws, huawei):
    email = {"value": "v@example.com", "type": "work", "primary": True, "verification_status": "VERIFIED"}
    user = h.create(huawei)
    h.update(huawei, user, ("emails", [email]))
    a.update(aws, user, ("emails", [{"value": "v@example.com", "type": "home", "primary": True}]))
    found = h.shown(huawei, user)["emails"][0]
    assert (found["type"], found.get("verification_status")) == ("home", "VERIFIED")
