"""UpdateUser, as Huawei's SDK sees it: every path, JSON within strings, and all or nothing."""

import json

import pytest

from huawei import LEFT_OUT, create, expect_error, sdk, send, shown, update
from server import MISSING, STORE

TEXTS = [
    "user_type",
    "title",
    "nickname",
    "locale",
    "preferred_language",
    "profile_url",
    "timezone",
]
DEMANDED = ["user_name", "display_name"]
EMAIL = {"value": "new@example.com", "type": "work", "primary": True}
STRUCTURES = {
    "addresses": (
        [
            {
                "street_address": "1 West Lake",
                "locality": "Hangzhou",
                "region": "Zhejiang",
                "postal_code": "310000",
                "country": "CN",
                "formatted": "1 West Lake",
                "type": "home",
                "primary": True,
            }
        ],
        [{"country": "CN"}],
    ),
    "phone_numbers": ([{"value": "+86 1", "type": "work", "primary": True}], [{"type": "home"}]),
    "enterprise": (
        {
            "cost_center": "C",
            "department": "D",
            "division": "V",
            "employee_number": "1",
            "organization": "O",
            "manager": {"value": "boss"},
        },
        {"department": "Only"},
    ),
}


def test_update_returns_200_without_a_body(server, huawei):
    user = create(huawei)
    assert update(huawei, user, ("title", "x")).status_code == 200
    body = {"operations": [{"attribute_path": "title", "attribute_value": "y"}]}
    path = f"/v1/identity-stores/{STORE}/users/{user}"
    status, headers, answer = server.http("PUT", path, body, {"Content-Type": "application/json"})
    assert (status, answer, headers["Content-Length"]) == (200, b"", "0")
    assert headers["X-Request-Id"]


# --- texts --------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*TEXTS, *DEMANDED])
def test_a_text_is_set_and_read_back(huawei, path):
    user = create(huawei)
    update(huawei, user, (path, "first"))
    assert shown(huawei, user)[path] == "first"
    update(huawei, user, (path, "second"))
    assert shown(huawei, user)[path] == "second"


@pytest.mark.parametrize("nothing", [None, LEFT_OUT], ids=["null", "left-out"])
@pytest.mark.parametrize("path", TEXTS)
def test_a_text_is_removed(huawei, path, nothing):
    user = create(huawei)
    update(huawei, user, (path, "something"))
    update(huawei, user, (path, nothing))
    assert path not in shown(huawei, user)


def test_update_without_a_value_removes_the_attribute(huawei):
    user = create(huawei, title="Poet")
    operation = sdk.AttributeOperationDto(attribute_path="title")
    send(huawei, user, sdk.UpdateUserReqBody(operations=[operation]))
    assert "title" not in shown(huawei, user)


def test_a_text_that_looks_like_json_stays_text(huawei):
    user = create(huawei)
    for text in ['{"a": 1}', "[1]", "null", "true", "12"]:
        update(huawei, user, ("title", text))
        assert shown(huawei, user)["title"] == text


def test_removing_an_unset_attribute_succeeds(huawei):
    user = create(huawei)
    update(huawei, user, ("title", None), ("addresses", LEFT_OUT), ("enterprise", None))


@pytest.mark.parametrize("nothing", [None, LEFT_OUT], ids=["null", "left-out"])
@pytest.mark.parametrize("path", [*DEMANDED, "name", "emails"])
def test_required_attributes_cannot_be_removed(huawei, path, nothing):
    user = create(huawei)
    before = shown(huawei, user)
    error = expect_error(lambda: update(huawei, user, (path, nothing)), 400, "IIC.400")
    assert path in error.error_msg
    assert shown(huawei, user) == before


@pytest.mark.parametrize("path", TEXTS)
@pytest.mark.parametrize("value", ["", "x" * 1025], ids=["empty", "long"])
def test_a_text_out_of_bounds_is_rejected(huawei, path, value):
    user = create(huawei)
    expect_error(lambda: update(huawei, user, (path, value)), 400, "IIC.400")


@pytest.mark.parametrize("name", ["x", "with space", "x" * 129])
def test_a_user_name_keeps_its_own_rules_in_an_update(huawei, name):
    user = create(huawei)
    expect_error(lambda: update(huawei, user, ("user_name", name)), 400, "IIC.400")


# --- structures, as JSON text -------------------------------------------------------------------


@pytest.mark.parametrize("path", STRUCTURES)
def test_a_structure_is_set_and_replaced_whole(huawei, path):
    user = create(huawei)
    for value in STRUCTURES[path]:
        update(huawei, user, (path, value))
        assert shown(huawei, user)[path] == value


@pytest.mark.parametrize("nothing", [None, LEFT_OUT], ids=["null", "left-out"])
@pytest.mark.parametrize("path", STRUCTURES)
def test_a_structure_is_removed(huawei, path, nothing):
    user = create(huawei)
    update(huawei, user, (path, STRUCTURES[path][0]))
    update(huawei, user, (path, nothing))
    assert path not in shown(huawei, user)


def test_a_name_is_replaced_whole(huawei):
    user = create(huawei, name={"given_name": "A", "family_name": "B", "middle_name": "C"})
    update(huawei, user, ("name", {"family_name": "李", "given_name": "清照"}))
    assert shown(huawei, user)["name"] == {"family_name": "李", "given_name": "清照"}


@pytest.mark.parametrize("name", [{}, {"given_name": "Only"}, {"family_name": "Only"}], ids=str)
def test_name_requires_given_and_family_name(huawei, name):
    user = create(huawei)
    expect_error(lambda: update(huawei, user, ("name", name)), 400, "IIC.400")


def test_an_email_is_replaced(huawei):
    user = create(huawei)
    update(huawei, user, ("emails", [EMAIL]))
    found = shown(huawei, user)["emails"]
    assert [{key: email[key] for key in EMAIL} for email in found] == [EMAIL]


def test_null_inside_json_text_means_absent(huawei):
    user = create(huawei)
    update(huawei, user, ("addresses", [{"country": "CN", "region": None, "primary": None}]))
    assert shown(huawei, user)["addresses"] == [{"country": "CN"}]
    name = {"given_name": "A", "family_name": "B", "middle_name": None, "formatted": None}
    update(huawei, user, ("name", name))
    assert shown(huawei, user)["name"] == {"given_name": "A", "family_name": "B"}


def test_phone_number_value_is_optional(huawei):
    user = create(huawei)
    update(huawei, user, ("phone_numbers", [{"value": None, "type": "work", "primary": False}]))
    assert shown(huawei, user)["phone_numbers"] == [{"type": "work", "primary": False}]


@pytest.mark.parametrize("value", [["x"], {"given_name": "A"}, 7, True], ids=str)
def test_value_that_is_not_a_string_is_rejected(huawei, value):
    user = create(huawei)
    body = {"operations": [{"attribute_path": "name", "attribute_value": value}]}
    error = expect_error(lambda: send(huawei, user, body), 400, "IIC.400")
    assert "attribute_value" in error.error_msg


@pytest.mark.parametrize("path", ["name", "emails", *STRUCTURES])
@pytest.mark.parametrize("text", ["", "not json", "{", "7", '"text"'])
def test_text_that_is_not_the_expected_json_is_rejected(huawei, path, text):
    user = create(huawei)
    expect_error(lambda: update(huawei, user, (path, text)), 400, "IIC.400")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("name", [{"given_name": "A", "family_name": "B"}]),
        ("emails", EMAIL),
        ("enterprise", []),
        ("emails", []),
        ("emails", [EMAIL, EMAIL]),
        ("addresses", [{}, {}]),
        ("emails", [{"value": "new@example.com"}]),
        ("emails", [EMAIL | {"value": "no address"}]),
        ("emails", [EMAIL | {"primary": "yes"}]),
        ("emails", [EMAIL | {"surprise": "x"}]),
        ("emails", [EMAIL | {"verification_status": "PERHAPS"}]),
        ("enterprise", {"surprise": "x"}),
        ("enterprise", {"manager": "boss"}),
        ("name", {"givenName": "A", "familyName": "B"}),
        ("phone_numbers", [{"value": ""}]),
    ],
    ids=str,
)
def test_a_structure_out_of_bounds_is_rejected(huawei, path, value):
    user = create(huawei)
    before = shown(huawei, user)
    expect_error(lambda: update(huawei, user, (path, value)), 400, "IIC.400")
    assert shown(huawei, user) == before


# --- paths --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "surprise",
        "userName",
        "displayName",
        "Title",
        "user_id",
        "identity_store_id",
        "enabled",
        "email_verified",
        "created_at",
        "updated_by",
        "password_mode",
        "external_ids",
        "name.family_name",
        "emails.value",
        "emails[0].value",
        "enterprise.department",
        "photos",
        "website",
        "",
        "x" * 256,
    ],
    ids=lambda path: path[:24],
)
def test_an_unknown_path_is_rejected(huawei, path):
    user = create(huawei)
    before = shown(huawei, user)
    expect_error(lambda: update(huawei, user, (path, "x")), 400, "IIC.400")
    assert shown(huawei, user) == before


def test_a_missing_path_is_named(huawei):
    user = create(huawei)
    error = expect_error(lambda: send(huawei, user, {"operations": [{"attribute_value": "x"}]}), 400, "IIC.400")
    assert "attribute_path" in error.error_msg


@pytest.mark.parametrize("body", [{}, {"operations": []}, {"operations": "x"}, {"operations": ["x"]}], ids=str)
def test_malformed_operations_are_rejected(huawei, body):
    user = create(huawei)
    error = expect_error(lambda: send(huawei, user, body), 400, "IIC.400")
    assert "operations" in error.error_msg


# --- one call, one write ------------------------------------------------------------------------


def test_100_operations_are_accepted_and_the_last_on_a_path_wins(huawei):
    user = create(huawei)
    update(huawei, user, *[("title", f"title {n}") for n in range(100)])
    assert shown(huawei, user)["title"] == "title 99"


def test_101_operations_are_too_many(huawei):
    user = create(huawei)
    expect_error(lambda: update(huawei, user, *[("title", "x")] * 101), 400, "IIC.400")


@pytest.mark.parametrize(
    ("bad", "status"),
    [(("surprise", "x"), 400), (("name", "{"), 400), (("display_name", None), 400), (("user_name", "taken"), 409)],
    ids=str,
)
def test_invalid_last_of_100_operations_changes_nothing(huawei, bad, status):
    create(huawei, user_name="taken")
    user = create(huawei, title="before")
    before = shown(huawei, user)
    expect_error(lambda: update(huawei, user, *[("title", f"{n}") for n in range(99)], bad), status)
    assert shown(huawei, user) == before


def test_a_rename_frees_the_old_name_at_once(huawei):
    user = create(huawei, user_name="before")
    update(huawei, user, ("user_name", "after"))
    create(huawei, user_name="before")
    assert shown(huawei, user)["user_name"] == "after"


def test_used_name_or_email_is_a_conflict(huawei):
    create(huawei, user_name="taken", emails=[EMAIL])
    user = create(huawei)
    for change in [("user_name", "taken"), ("emails", [EMAIL])]:
        expect_error(lambda: update(huawei, user, change), 409, "IIC.1007")


def test_a_missing_user_is_not_found(huawei):
    expect_error(lambda: update(huawei, MISSING, ("title", "x")), 404, "IIC.404")


def test_an_update_moves_the_time_and_keeps_the_creation(huawei):
    user = create(huawei)
    before = shown(huawei, user)
    update(huawei, user, ("title", "x"))
    after = shown(huawei, user)
    assert after["updated_at"] >= before["updated_at"]
    assert after["created_at"] == before["created_at"]


def test_example_of_the_documentation_is_accepted(huawei):
    user = create(huawei)
    body = {
        "operations": [
            {"attribute_path": "display_name", "attribute_value": "Zhang San"},
            {
                "attribute_path": "name",
                "attribute_value": json.dumps({"family_name": "Zhang", "given_name": "San"}),
            },
            {"attribute_path": "emails", "attribute_value": json.dumps([EMAIL])},
        ]
    }
    send(huawei, user, body)
    found = shown(huawei, user)
    assert found["display_name"] == "Zhang San"
    assert found["name"] == {"family_name": "Zhang", "given_name": "San"}
    assert found["emails"][0]["value"] == "new@example.com"
