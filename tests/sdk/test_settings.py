"""Settings for undocumented behaviour of the clouds, as clients of both see them."""

import pytest

import aws as a
import huawei as h
from server import STORE

ELSEWHERE = "d-00000000aa"


# --- names = "ignore-case" ----------------------------------------------------------------------


@pytest.fixture
def folding(spawn):
    server = spawn("--names", "ignore-case")
    return a.client(server), h.client(server)


def test_names_and_emails_that_differ_only_in_case_are_duplicates(folding):
    aws, huawei = folding
    email = {"Value": "Kim@Example.com", "Primary": True}
    user = a.create(aws, UserName="Kim.Doe", Emails=[email])
    conflict = aws.exceptions.ConflictException
    a.expect_error(lambda: a.create(aws, UserName="kim.doe"), conflict)
    h.expect_error(lambda: h.create(huawei, user_name="KIM.DOE"), 409)
    taken = [{"value": "kim@example.com", "type": "work", "primary": True}]
    h.expect_error(lambda: h.create(huawei, emails=taken), 409)
    aws.create_group(IdentityStoreId=STORE, DisplayName="Bridges")
    a.expect_error(lambda: aws.create_group(IdentityStoreId=STORE, DisplayName="BRIDGES"), conflict)
    a.update(aws, user, ("userName", "KIM.doe"))  # Its own name in another case.
    assert a.describe(aws, user)["UserName"] == "KIM.doe"


def test_lookups_and_filters_find_in_any_case(folding):
    aws, huawei = folding
    user = a.create(aws, UserName="Kim.Doe", Emails=[{"Value": "Kim@Example.com", "Primary": True}])
    for path, value in [("userName", "kim.doe"), ("emails.value", "KIM@example.com")]:
        unique = {"UniqueAttribute": {"AttributePath": path, "AttributeValue": value}}
        found = aws.get_user_id(IdentityStoreId=STORE, AlternateIdentifier=unique)
        assert found["UserId"] == user
    unique = {"attribute_path": "user_name", "attribute_value": "KIM.DOE"}
    assert h.get_user_id(huawei, {"unique_attribute": unique}).user_id == user
    filters = [{"AttributePath": "UserName", "AttributeValue": "kim.DOE"}]
    found = aws.list_users(IdentityStoreId=STORE, Filters=filters)["Users"]
    assert [one["UserName"] for one in found] == ["Kim.Doe"]
    assert [one.user_id for one in h.list_users(huawei, user_name="kim.doe").users] == [user]


def test_names_that_differ_in_case_are_distinct_by_default(aws, huawei):
    a.create(aws, UserName="Kim.Doe")
    a.create(aws, UserName="kim.doe")
    h.create(huawei, user_name="KIM.DOE")


# --- unknown_store = "create" -------------------------------------------------------------------


def test_write_to_an_unknown_store_creates_it(spawn):
    server = spawn("--unknown-store", "create")
    aws, huawei = a.client(server), h.client(server)
    user = aws.create_user(**a.person(IdentityStoreId=ELSEWHERE))["UserId"]
    assert h.describe(huawei, user, store=ELSEWHERE).user_id == user
    listed = aws.list_users(IdentityStoreId=ELSEWHERE)["Users"]
    assert [one["UserId"] for one in listed] == [user]
    a.expect_error(
        lambda: aws.describe_user(IdentityStoreId=STORE, UserId=user), aws.exceptions.ResourceNotFoundException
    )
    other = h.create_user(huawei, store="d-00000000bb").user_id
    assert aws.describe_user(IdentityStoreId="d-00000000bb", UserId=other)["UserId"] == other


def test_read_of_an_unknown_store_returns_nothing_and_creates_no_store(spawn):
    server = spawn("--unknown-store", "create")
    aws, huawei = a.client(server), h.client(server)
    assert aws.list_users(IdentityStoreId=ELSEWHERE)["Users"] == []
    assert h.list_users(huawei, store=ELSEWHERE).users == []
    assert [one["IdentityStoreId"] for one in aws.list_identity_stores()["IdentityStores"]] == [STORE]


# --- the author of changes ------------------------------------------------------------------


def test_the_accounts_of_the_settings_are_the_authors(spawn):
    account = "f" * 32
    server = spawn("--aws-account-id", "210987654321", "--huawei-account-id", account)
    aws, huawei = a.client(server), h.client(server)
    user = a.create(aws)
    assert a.describe(aws, user)["CreatedBy"] == "210987654321"
    h.update(huawei, user, ("title", "x"))
    shown = h.describe(huawei, user)
    assert (shown.created_by, shown.updated_by) == (account, account)
