"""CreateUser, DescribeUser, DeleteUser, ListUsers and GetUserId, as Huawei's SDK sees them."""

import json
import re

import pytest

from huawei import (
    create,
    create_user,
    delete,
    describe,
    get_user_id,
    list_users,
    person,
    plain,
    expect_error,
    sdk,
    shown,
    update,
)
from server import MISSING, STORE

EVERYTHING = {
    "user_name": "li.qingzhao",
    "display_name": "李清照",
    "name": {
        "formatted": "Li Qingzhao 易安居士",
        "given_name": "清照",
        "family_name": "李",
        "middle_name": "易安",
        "honorific_prefix": "Ms.",
        "honorific_suffix": "居士",
    },
    "nickname": "易安",
    "profile_url": "https://example.com/li",
    "emails": [{"value": "li@example.com", "type": "work", "primary": True}],
    "addresses": [
        {
            "street_address": "1 West Lake",
            "locality": "Hangzhou",
            "region": "Zhejiang",
            "postal_code": "310000",
            "country": "CN",
            "formatted": "1 West Lake, Hangzhou",
            "type": "home",
            "primary": False,
        }
    ],
    "phone_numbers": [{"value": "+86 571 0000", "type": "work", "primary": True}],
    "user_type": "poet",
    "title": "Poet",
    "preferred_language": "zh-CN",
    "locale": "zh-CN",
    "timezone": "Asia/Shanghai",
    "enterprise": {
        "cost_center": "C-1",
        "department": "Ci",
        "division": "Song",
        "employee_number": "1084",
        "organization": "Imperial Academy",
        "manager": {"value": "zhao"},
    },
}


# --- create and describe ------------------------------------------------------------------------


@pytest.mark.parametrize("member", EVERYTHING)
def test_created_resource_is_described(huawei, member):
    found = shown(huawei, create(huawei, **EVERYTHING))[member]
    if member == "emails":
        found = [{key: email[key] for key in EVERYTHING["emails"][0]} for email in found]
    assert found == EVERYTHING[member]


def test_create_answers_201_and_a_one_time_password(huawei):
    made = create_user(huawei)
    assert made.status_code == 201
    assert made.identity_store_id == STORE
    assert re.fullmatch(r"([0-9a-f]{10}-)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", made.user_id)
    assert made.password


def test_two_users_have_two_passwords(huawei):
    assert create_user(huawei).password != create_user(huawei).password


def test_mailed_link_contains_no_password(huawei):
    assert create_user(huawei, password_mode="EMAIL").password is None


def test_a_new_user_has_ids_state_times_and_authors(huawei):
    user = create(huawei)
    answer = describe(huawei, user)
    assert answer.status_code == 200
    assert (answer.user_id, answer.identity_store_id) == (user, STORE)
    assert answer.enabled is True
    assert answer.email_verified is False
    assert isinstance(answer.created_at, int) and answer.created_at > 1_600_000_000_000
    assert answer.updated_at == answer.created_at
    assert answer.created_by and answer.updated_by


def test_unset_attributes_are_not_shown(huawei):
    found = shown(huawei, create(huawei))
    assert set(found) == {
        "identity_store_id",
        "user_id",
        "user_name",
        "display_name",
        "name",
        "emails",
        "enabled",
        "email_verified",
        "created_at",
        "created_by",
        "updated_at",
        "updated_by",
    }


MANDATORY = ["user_name", "display_name", "name", "emails", "password_mode"]


@pytest.mark.parametrize("member", MANDATORY)
def test_a_mandatory_member_is_named_when_it_is_missing(huawei, member):
    error = expect_error(lambda: create(huawei, **{member: None}), 400, "IIC.400")
    assert error.error_msg.startswith("Bad Request: ")
    assert member in error.error_msg


def test_all_missing_members_are_named_at_once(huawei):
    request = sdk.CreateUserRequest(identity_store_id=STORE, body={})
    error = expect_error(lambda: huawei.create_user(request), 400, "IIC.400")
    assert all(member in error.error_msg for member in MANDATORY)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("user_name", "x"),
        ("user_name", "x" * 129),
        ("user_name", "with space"),
        ("user_name", "semi;colon"),
        ("display_name", ""),
        ("display_name", "x" * 1025),
        ("title", 7),
        ("name", {"given_name": "Only"}),
        ("name", "text"),
        ("emails", []),
        ("emails", [{"value": "a@example.com", "type": "work", "primary": True}] * 2),
        ("emails", [{"value": "a@example.com", "type": "work"}]),
        ("emails", [{"value": "a@example.com", "primary": True}]),
        ("emails", [{"type": "work", "primary": True}]),
        ("emails", [{"value": "no address", "type": "work", "primary": True}]),
        ("emails", [{"value": "a@example.com", "type": "work", "primary": "yes"}]),
        ("addresses", [{}, {}]),
        ("phone_numbers", [{}, {}]),
        ("password_mode", "SMS"),
    ],
    ids=str,
)
def test_a_member_out_of_bounds_is_named(huawei, member, value):
    error = expect_error(lambda: create(huawei, **{member: value}), 400, "IIC.400")
    assert member in error.error_msg


def test_chinese_user_name_is_accepted(huawei):
    assert shown(huawei, create(huawei, user_name="李清照"))["user_name"] == "李清照"


def test_phone_number_value_is_optional(huawei):
    user = create(huawei, phone_numbers=[{"type": "work"}])
    assert shown(huawei, user)["phone_numbers"] == [{"type": "work"}]


def test_user_name_is_unique(huawei):
    create(huawei, user_name="twice")
    error = expect_error(lambda: create(huawei, user_name="twice"), 409, "IIC.1007")
    assert error.error_msg.startswith("Data modification failed.")


def test_email_is_unique(huawei):
    email = [{"value": "one@example.com", "type": "work", "primary": True}]
    create(huawei, emails=email)
    expect_error(lambda: create(huawei, emails=email), 409, "IIC.1007")


# --- delete -------------------------------------------------------------------------------------


def test_a_deleted_user_is_gone_and_its_name_is_free(huawei):
    user = create(huawei, user_name="gone")
    assert delete(huawei, user).status_code == 200
    expect_error(lambda: describe(huawei, user), 404, "IIC.404")
    assert create(huawei, user_name="gone") != user


def test_deleting_a_missing_resource_is_not_found(huawei):
    user = create(huawei)
    delete(huawei, user)
    for who in (user, MISSING):
        expect_error(lambda: delete(huawei, who), 404, "IIC.404")


# --- get user id --------------------------------------------------------------------------------


def unique(path, value):
    return {"unique_attribute": {"attribute_path": path, "attribute_value": value}}


def test_a_user_is_found_by_user_name(huawei):
    user = create(huawei, user_name="wanted")
    found = get_user_id(huawei, unique("user_name", "wanted"))
    assert (found.status_code, found.user_id, found.identity_store_id) == (200, user, STORE)


@pytest.mark.parametrize(
    "alternate",
    [unique("user_name", "nobody"), {"external_id": {"issuer": "https://idp.example.com", "id": "42"}}],
    ids=["user_name", "external_id"],
)
def test_value_of_no_user_is_not_found(huawei, alternate):
    expect_error(lambda: get_user_id(huawei, alternate), 404, "IIC.404")


@pytest.mark.parametrize(
    "alternate",
    [
        {},
        unique("title", "x"),
        unique("userName", "x"),
        unique("user_name", ""),
        unique("", "x"),
        {"external_id": {"issuer": "i"}},
        unique("user_name", "x") | {"external_id": {"issuer": "i", "id": "1"}},
    ],
    ids=str,
)
def test_lookup_by_another_attribute_is_rejected(huawei, alternate):
    expect_error(lambda: get_user_id(huawei, alternate), 400, "IIC.400")


# --- list ---------------------------------------------------------------------------------------


def fill(huawei, count):
    return [create(huawei, user_name=f"filler-{n:03}") for n in range(count)]


def all_pages(huawei, **more):
    pages, marker = [], None
    while not pages or marker:
        pages.append(list_users(huawei, marker=marker, **more))
        marker = pages[-1].page_info.next_marker
    return pages


def ids(pages):
    return [user.user_id for page in pages for user in page.users]


def test_markers_page_through_every_user_once(huawei):
    made = fill(huawei, 110)
    pages = all_pages(huawei)
    assert len(pages[0].users) == 100 == pages[0].page_info.current_count
    seen = ids(pages)
    assert len(seen) == len(set(seen))
    assert [user for user in seen if user in set(made)] == made


def test_pages_have_the_requested_size_and_report_it(huawei):
    fill(huawei, 5)
    pages = all_pages(huawei, limit=2)
    assert all(page.page_info.current_count == len(page.users) for page in pages)
    assert all(len(page.users) == 2 for page in pages[:-1])
    assert ids(pages) == ids([list_users(huawei)])


def test_a_marker_is_24_hex_digits_and_null_on_the_last_page(server, huawei):
    fill(huawei, 2)
    marker = list_users(huawei, limit=1).page_info.next_marker
    assert re.fullmatch(r"[0-9a-f]{24}", marker)
    body = json.loads(server.http("GET", f"/v1/identity-stores/{STORE}/users")[2])
    assert body["page_info"]["next_marker"] is None


@pytest.mark.parametrize("limit", [0, 101, -1, "many"])
def test_a_page_has_1_to_100_users(huawei, limit):
    error = expect_error(lambda: list_users(huawei, limit=limit), 400, "IIC.400")
    assert "limit" in error.error_msg


@pytest.mark.parametrize("marker", ["garbage", "0" * 24, "0" * 23, "z" * 24])
def test_unknown_marker_is_rejected(huawei, marker):
    error = expect_error(lambda: list_users(huawei, marker=marker), 400, "IIC.400")
    assert "marker" in error.error_msg


def test_a_filter_finds_the_exact_user_name(huawei):
    user = create(huawei, user_name="needle")
    create(huawei, user_name="needles")
    assert ids([list_users(huawei, user_name="needle")]) == [user]
    assert list_users(huawei, user_name="nobody").users == []


def test_listed_user_equals_the_described_one_except_for_the_verification(huawei):
    user = create(huawei, **EVERYTHING)
    described = shown(huawei, user)
    described.pop("email_verified")
    assert plain(list_users(huawei, user_name="li.qingzhao").users) == [described]


# --- what is missing ----------------------------------------------------------------------------


CALLS = {
    "create_user": lambda huawei, store: create_user(huawei, store),
    "describe_user": lambda huawei, store: describe(huawei, MISSING, store),
    "update_user": lambda huawei, store: update(huawei, MISSING, ("title", "x"), store=store),
    "delete_user": lambda huawei, store: delete(huawei, MISSING, store),
    "list_users": lambda huawei, store: list_users(huawei, store),
    "get_user_id": lambda huawei, store: get_user_id(huawei, unique("user_name", "x"), store),
}


@pytest.mark.parametrize("operation", CALLS)
def test_an_unknown_store_is_not_found(huawei, operation):
    expect_error(lambda: CALLS[operation](huawei, "d-00000000ff"), 404, "IIC.1308")


@pytest.mark.parametrize("operation", CALLS)
def test_a_store_id_of_another_form_is_rejected(huawei, operation):
    error = expect_error(lambda: CALLS[operation](huawei, "d-nope"), 400, "IIC.400")
    assert "identity_store_id" in error.error_msg


def test_a_missing_user_is_reported_with_the_request_id(huawei):
    error = expect_error(lambda: describe(huawei, MISSING), 404, "IIC.404")
    assert error.error_msg.startswith("Not Found: ")
    assert re.fullmatch(r"[0-9a-f]{32}", error.request_id)


# --- the wire -----------------------------------------------------------------------------------


def test_header_and_body_have_the_same_request_id(server):
    status, headers, body = server.http("GET", f"/v1/identity-stores/{STORE}/users/{MISSING}")
    answer = json.loads(body)
    assert status == 404
    assert set(answer) == {"error_code", "error_msg", "request_id"}
    assert re.fullmatch(r"[0-9a-f]{32}", answer["request_id"])
    assert headers["X-Request-Id"] == answer["request_id"]
    assert headers["Content-Type"].startswith("application/json")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/identity-stores"),
        ("GET", f"/v1/identity-stores/{STORE}/nothing"),
        ("PATCH", f"/v1/identity-stores/{STORE}/users/{MISSING}"),
        ("GET", f"/v1/identity-stores/{STORE}/users/{MISSING}/more"),
    ],
)
def test_an_unknown_path_or_method_is_an_unpublished_api(server, method, path):
    status, headers, body = server.http(method, path)
    answer = json.loads(body)
    assert (status, answer["error_code"]) == (404, "APIGW.0101")
    assert answer["request_id"] == headers["X-Request-Id"]
    assert answer["error_msg"].startswith(
        "The API does not exist or has not been published in the environment"
    )


@pytest.mark.parametrize("body", [b"{", b"[]", b'"text"', b"\xff", b""], ids=str)
def test_body_that_is_not_a_json_object_is_rejected(server, body):
    headers = {"Content-Type": "application/json"}
    status, _, answer = server.http("POST", f"/v1/identity-stores/{STORE}/users", body, headers)
    assert (status, json.loads(answer)["error_code"]) == (400, "IIC.400")


def test_a_body_over_the_bound_is_too_large(server):
    body = json.dumps(person(title="x" * (1024 * 1024))).encode()
    headers = {"Content-Type": "application/json"}
    status, _, answer = server.http("POST", f"/v1/identity-stores/{STORE}/users", body, headers)
    assert (status, json.loads(answer)["error_code"]) == (413, "APIGW.0201")


def test_a_user_id_of_another_form_is_rejected(huawei):
    error = expect_error(lambda: describe(huawei, "no_user!"), 400, "IIC.400")
    assert "user_id" in error.error_msg


def test_the_older_prefix_of_error_codes(spawn):
    server = spawn(config='[huawei]\nerror_prefix = "IdentityCenter"\n')
    body = server.http("GET", f"/v1/identity-stores/{STORE}/users/{MISSING}")[2]
    assert json.loads(body)["error_code"] == "IdentityCenter.404"
