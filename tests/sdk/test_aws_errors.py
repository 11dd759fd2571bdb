"""Errors of AWS's front end and service: constraints, malformed requests, ids."""

import json

import pytest
from botocore.exceptions import ClientError

from aws import create, invalid, person, expect_error, update
from server import MISSING, STORE

TYPE = "application/x-amz-json-1.1"
STORE_ID = (
    r"(arn:aws[a-z-]*:identitystore::\d{12}:identitystore/)?"
    r"(d-[0-9a-f]{10}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
)
RESOURCE_ID = (
    r"(arn:aws[a-z-]*:identitystore:::(user|group|membership)/)?([0-9a-f]{10}-|)"
    r"[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}"
)

# Characters of a text attribute, including U+00A0 and U+3000.
TEXT = "[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\t\\n\\r \u00a0\u3000]+"


def violation(at, rule, output=None):
    output = "Value" if output is None else f"Value {output}"
    return f"{output} at '{at}' failed to satisfy constraint: Member must {rule}"


def pattern(text):
    return f"satisfy regular expression pattern: {text}"


# --- constraints --------------------------------------------------------------------------------


def test_a_missing_member_must_not_be_null(raw):
    text = invalid(raw, lambda: raw.describe_user(UserId=MISSING))
    assert text == "1 validation error detected: " + violation("identityStoreId", "not be null", "null")


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("create_user", ["identityStoreId"]),
        ("describe_user", ["identityStoreId", "userId"]),
        ("update_user", ["identityStoreId", "userId", "operations"]),
        ("delete_user", ["identityStoreId", "userId"]),
        ("list_users", ["identityStoreId"]),
        ("get_user_id", ["identityStoreId", "alternateIdentifier"]),
    ],
)
def test_all_missing_members_are_reported_at_once(raw, operation, members):
    text = invalid(raw, lambda: getattr(raw, operation)())
    count = f"{len(members)} validation error{'s' if len(members) > 1 else ''} detected: "
    assert text.startswith(count)
    assert sorted(text.removeprefix(count).split("; ")) == sorted(
        violation(member, "not be null", "null") for member in members
    )


def test_an_id_of_another_form_breaks_the_pattern(raw):
    text = invalid(raw, lambda: raw.describe_user(IdentityStoreId="nope", UserId=MISSING))
    assert text == "1 validation error detected: " + violation("identityStoreId", pattern(STORE_ID), "'nope'")
    text = invalid(raw, lambda: raw.describe_user(IdentityStoreId=STORE, UserId="nope"))
    assert text == "1 validation error detected: " + violation("userId", pattern(RESOURCE_ID), "'nope'")


def test_pattern_comes_before_length(raw):
    long = "x" * 101
    text = invalid(raw, lambda: raw.describe_user(IdentityStoreId=STORE, UserId=long))
    assert text == "2 validation errors detected: " + "; ".join(
        [
            violation("userId", pattern(RESOURCE_ID), f"'{long}'"),
            violation("userId", "have length less than or equal to 100", f"'{long}'"),
        ]
    )


def test_all_violations_of_a_request_are_reported_at_once(raw):
    operations = [{}, {"AttributePath": ""}, {"AttributePath": "a b"}]
    text = invalid(
        raw, lambda: raw.update_user(IdentityStoreId="nope", UserId="nobody", Operations=operations)
    )
    assert text.startswith("6 validation errors detected: ")
    for part in [
        violation("identityStoreId", pattern(STORE_ID), "'nope'"),
        violation("userId", pattern(RESOURCE_ID), "'nobody'"),
        violation("operations.1.member.attributePath", "not be null", "null"),
        violation("operations.2.member.attributePath", "have length greater than or equal to 1", "''"),
        "Value '' at 'operations.2.member.attributePath' failed to satisfy constraint: Member must satisfy",
        "Value 'a b' at 'operations.3.member.attributePath'",
    ]:
        assert part in text


def test_at_most_ten_violations_are_reported(raw):
    operations = [{"AttributePath": "a b"}] * 50
    text = invalid(raw, lambda: raw.update_user(IdentityStoreId=STORE, UserId=MISSING, Operations=operations))
    assert text.count("failed to satisfy constraint") == 10


def test_a_sensitive_value_is_left_out(raw):
    secret = "my secret name"
    text = invalid(raw, lambda: raw.create_user(**person(UserName=secret)))
    assert text == "1 validation error detected: " + violation(
        "userName", pattern(r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+")
    )


@pytest.mark.parametrize(
    ("more", "violation"),
    [
        ({"Title": "x" * 1025}, violation("title", "have length less than or equal to 1024")),
        ({"UserName": "x" * 129}, violation("userName", "have length less than or equal to 128")),
        ({"Photos": [{"Type": "x"}]}, violation("photos.1.member.value", "not be null", "null")),
        ({"Emails": []}, violation("emails", "have length greater than or equal to 1", "'[]'")),
    ],
    ids=lambda part: next(iter(part)) if isinstance(part, dict) else None,
)
def test_create_user_errors_name_the_path(raw, more, violation):
    text = invalid(raw, lambda: raw.create_user(**person(**more)))
    assert text == "1 validation error detected: " + violation


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"DisplayName": ""}, "displayName"),
        ({"Name": {"GivenName": "", "FamilyName": "x"}}, "name.givenName"),
        ({"Emails": [{"Value": ""}]}, "emails.1.member.value"),
    ],
    ids=lambda part: part if isinstance(part, str) else next(iter(part)),
)
def test_an_empty_text_breaks_pattern_and_length(raw, more, place):
    text = invalid(raw, lambda: raw.create_user(**person(**more)))
    assert text == "2 validation errors detected: " + "; ".join(
        [violation(place, pattern(TEXT)), violation(place, "have length greater than or equal to 1")]
    )


def test_two_emails_are_too_many(raw):
    emails = [{"Value": "a@example.com"}, {"Value": "b@example.com"}]
    text = invalid(raw, lambda: raw.create_user(**person(Emails=emails)))
    assert "at 'emails' failed to satisfy constraint: Member must have length less than or equal to 1" in text


def test_lengths_count_characters_not_bytes(aws):
    create(aws, UserName="界" * 128)


def test_a_front_end_error_has_only_type_and_lower_case_message(server):
    status, headers, body = call(server, "DescribeUser", {})
    answer = json.loads(body)
    assert status == 400
    assert set(answer) == {"__type", "message"}
    assert answer["__type"] == "ValidationException" == headers["x-amzn-ErrorType"]
    assert headers["Content-Type"] == TYPE


def test_a_service_error_has_message_and_request_id(server):
    status, headers, body = call(server, "DescribeUser", {"IdentityStoreId": STORE, "UserId": MISSING})
    answer = json.loads(body)
    assert status == 400
    assert set(answer) == {"__type", "Message", "RequestId", "ResourceType", "ResourceId"}
    assert answer["__type"] == "ResourceNotFoundException" == headers["x-amzn-ErrorType"]
    assert answer["RequestId"] == headers["x-amzn-RequestId"]


# --- malformed requests -------------------------------------------------------------------------


def call(server, operation, body, content_type=TYPE, method="POST", **more):
    headers = {"Content-Type": content_type, "X-Amz-Target": f"AWSIdentityStore.{operation}"} | more
    return server.http(method, "/", body, headers)


def test_every_response_has_a_request_id_of_its_own(server):
    ids = [call(server, "ListUsers", {"IdentityStoreId": STORE})[1]["x-amzn-RequestId"] for _ in range(3)]
    assert all(ids) and len(set(ids)) == 3


@pytest.mark.parametrize("operation", ["NoSuchOperation", "describeuser", ""])
def test_unknown_operation_error_has_only_a_type(server, operation):
    status, _, body = call(server, operation, {})
    assert (status, json.loads(body)) == (400, {"__type": "UnknownOperationException"})


@pytest.mark.parametrize("body", [b"{", b"[]", b'"text"', b"", b"null", b"\xff"], ids=str)
def test_body_that_is_not_a_json_object_is_a_serialization_error(server, body):
    status, _, answer = call(server, "DescribeUser", body)
    assert status == 400
    assert json.loads(answer)["__type"] == "SerializationException"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"IdentityStoreId": True}, "class java.lang.Boolean can not be converted to an String"),
        (
            {"IdentityStoreId": 1},
            "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String",
        ),
        ({"IdentityStoreId": []}, "Start of list found where not expected"),
        ({"IdentityStoreId": {}}, "Start of structure or map found where not expected."),
    ],
    ids=lambda part: str(part)[:40],
)
def test_text_of_another_json_type_is_a_serialization_error(server, body, text):
    status, _, answer = call(server, "DescribeUser", body)
    assert status == 400
    output = json.loads(answer)
    assert (output["__type"], output["Message"]) == ("SerializationException", text)


@pytest.mark.parametrize("content_type", [TYPE, TYPE + "; charset=utf-8", TYPE.upper()])
def test_the_content_type_may_have_parameters_and_either_case(server, content_type):
    assert call(server, "ListUsers", {"IdentityStoreId": STORE}, content_type)[0] == 200


def test_unknown_members_are_ignored(server):
    body = {"IdentityStoreId": STORE, "Surprise": {"at": ["any", "depth"]}}
    assert call(server, "ListUsers", body)[0] == 200


def test_a_null_member_is_an_absent_one(server):
    body = {"IdentityStoreId": STORE, "MaxResults": None, "Filters": None}
    assert call(server, "ListUsers", body)[0] == 200


@pytest.mark.parametrize(
    "alternate",
    [
        {},
        {
            "ExternalId": {"Issuer": "i", "Id": "1"},
            "UniqueAttribute": {"AttributePath": "userName", "AttributeValue": "x"},
        },
    ],
    ids=["none", "both"],
)
def test_a_union_has_exactly_one_member(server, alternate):
    status, _, answer = call(server, "GetUserId", {"IdentityStoreId": STORE, "AlternateIdentifier": alternate})
    assert status == 400
    assert json.loads(answer)["__type"] in ("ValidationException", "SerializationException")


def test_success_is_json_without_a_type(server):
    status, headers, body = call(server, "ListUsers", {"IdentityStoreId": STORE})
    assert status == 200
    assert headers["Content-Type"] == TYPE
    assert int(headers["Content-Length"]) == len(body)
    assert headers["Date"]
    assert "__type" not in json.loads(body)


def test_times_are_numbers_with_no_more_than_three_decimals(server, aws):
    create(aws)
    users = json.loads(call(server, "ListUsers", {"IdentityStoreId": STORE})[2])["Users"]
    for user in users:
        for time in (user["CreatedAt"], user["UpdatedAt"]):
            assert isinstance(time, (int, float)) and round(time, 3) == time


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_other_methods_get_a_response(server, method):
    status, headers, body = call(server, "DescribeUser", {}, method=method)
    assert status in (400, 403, 404)
    assert body and b"<html" not in body.lower()
    assert headers["x-amzn-RequestId"]


def test_a_body_over_the_bound_is_rejected_in_the_form_of_the_dialect(server):
    body = b'{"IdentityStoreId": "' + b"x" * (1024 * 1024 + 1) + b'"}'
    assert call(server, "DescribeUser", body)[0] == 413


def test_a_depth_bomb_is_rejected(server):
    body = b'{"IdentityStoreId": ' + b"[" * 100_000
    status, _, answer = call(server, "DescribeUser", body)
    assert (status, json.loads(answer)["__type"]) == (400, "SerializationException")


# --- the older model ----------------------------------------------------------------------------


def test_update_of_the_older_model_returns_no_members(spawn):
    server = spawn(config='[aws]\nmodel = "19"\n')
    body = person()
    user = json.loads(call(server, "CreateUser", body)[2])
    assert set(user) == {"IdentityStoreId", "UserId"}
    change = {"IdentityStoreId": STORE, "UserId": user["UserId"]}
    operations = [{"AttributePath": "title", "AttributeValue": "x"}]
    status, _, answer = call(server, "UpdateUser", change | {"Operations": operations})
    assert (status, json.loads(answer or b"{}")) == (200, {})
    shown = json.loads(call(server, "DescribeUser", change)[2])
    assert shown["Title"] == "x"
    assert not {"UserArn", "Revision"} & set(shown)


# --- exceptions ---------------------------------------------------------------------------------


def test_errors_are_the_modelled_exceptions_and_client_errors(aws):
    error = expect_error(lambda: update(aws, MISSING, ("surprise", "x")), aws.exceptions.ValidationException)
    assert error["Error"]["Code"] == "ValidationException"
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
    with pytest.raises(ClientError):
        update(aws, MISSING, ("surprise", "x"))
