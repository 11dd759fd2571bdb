"""Calls that fail on purpose, as the SDKs of both clouds live through them."""

import json
import time

import pytest
from huaweicloudsdkcore.exceptions.exceptions import (
    ClientRequestException,
    ServerResponseException,
    ServiceResponseException,
)

import aws as a
import huawei as h
from server import MISSING, STORE

TWICE_AWS = """
[[fault]]
id = "twice"
on = { op = "aws:*", attempt = "<=2" }
do = "internal"
"""
TWICE_HUAWEI = """
[[fault]]
id = "twice"
on = ["huawei:UpdateUser", "huawei:DescribeUser"]
when = { first = 2 }
do = "throttle"
"""


# --- retries ------------------------------------------------------------------------------------


def test_boto3_gets_through_two_failures(spawn):
    aws = a.client(spawn(config=TWICE_AWS), attempts=3)
    made = aws.create_user(**a.person())
    assert made["ResponseMetadata"]["RetryAttempts"] == 2
    answer = a.update(aws, made["UserId"], ("title", "x"))
    assert answer["ResponseMetadata"]["RetryAttempts"] == 2


def test_boto3_gives_up_after_two_failures_if_it_tries_twice(spawn):
    aws = a.client(spawn(config=TWICE_AWS), attempts=2)
    error = a.expect_error(
        lambda: aws.list_users(IdentityStoreId=STORE), aws.exceptions.InternalServerException
    )
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert error["ResponseMetadata"]["RetryAttempts"] == 1


def test_a_failed_attempt_writes_nothing(spawn):
    server = spawn(config=TWICE_AWS)
    person = a.person(UserName="once")
    once = a.client(server, attempts=1)
    a.expect_error(lambda: once.create_user(**person), once.exceptions.InternalServerException)
    aws = a.client(server, attempts=3)
    aws.create_user(**person)
    a.expect_error(lambda: aws.create_user(**person), aws.exceptions.ConflictException)


def test_boto3_gets_through_throttling(spawn):
    config = '[[fault]]\non = "aws:UpdateUser"\nwhen = { first = 1 }\ndo = "throttle"\n'
    aws = a.client(spawn(config=config), attempts=3)
    user = a.create(aws)
    answer = a.update(aws, user, ("title", "x"))
    assert answer["ResponseMetadata"]["RetryAttempts"] == 1
    assert a.describe(aws, user)["Title"] == "x"


def test_boto3_gives_up_on_endless_throttling(spawn):
    aws = a.client(spawn(fault="aws:UpdateUser=throttle"), attempts=2)
    error = a.expect_error(
        lambda: a.update(aws, MISSING, ("title", "x")), aws.exceptions.ThrottlingException
    )
    assert error["Error"]["Message"] == "Rate exceeded"
    assert error["ResponseMetadata"]["RetryAttempts"] == 1
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_huawei_sdk_gets_through_two_throttled_updates(spawn):
    huawei = h.client(spawn(config=TWICE_HUAWEI), retries=3)
    user = h.create(huawei)
    assert h.update(huawei, user, ("title", "x")).status_code == 200
    assert h.shown(huawei, user)["title"] == "x"


def test_huawei_sdk_gives_up_on_endless_throttling(spawn):
    huawei = h.client(spawn(fault="huawei:*=throttle"), retries=1)
    # The SDK throws the body of a 429 on PUT away, and the request id with it.
    h.expect_error(lambda: h.update(huawei, MISSING, ("title", "x")), 429, "429")


def test_huawei_sdk_reports_the_gateway_error_if_it_does_not_retry(spawn):
    huawei = h.client(spawn(fault="huawei:CreateUser=throttle"))
    error = h.expect_error(lambda: h.create(huawei), 429, "APIGW.0308")
    assert error.error_msg.startswith("The throttling threshold has been reached: policy user over ratelimit")
    assert len(error.request_id) == 32


# --- chance -------------------------------------------------------------------------------------


def test_half_of_the_updates_are_throttled_on_both_clouds(spawn):
    server = spawn("--seed", "7", fault="*:UpdateUser=throttle@0.5")
    aws, huawei = a.client(server), h.client(server)
    user = h.create(huawei)
    by_aws = by_huawei = 0
    for n in range(60):
        try:
            a.update(aws, user, ("title", f"aws {n}"))
        except aws.exceptions.ThrottlingException:
            by_aws += 1
        try:
            h.update(huawei, user, ("title", f"huawei {n}"))
        except ClientRequestException as error:
            assert error.status_code == 429
            by_huawei += 1
    assert 15 < by_aws < 45
    assert 15 < by_huawei < 45
    a.describe(aws, user)  # Other operations are not touched.


def test_the_same_seed_throttles_the_same_calls(spawn):
    def run():
        aws = a.client(spawn("--seed", "7", fault="aws:ListUsers=throttle@0.5"))
        hits = []
        for _ in range(30):
            try:
                aws.list_users(IdentityStoreId=STORE)
                hits.append(False)
            except aws.exceptions.ThrottlingException:
                hits.append(True)
        return hits

    first = run()
    assert True in first and False in first
    assert run() == first


# --- every class, in both wire forms ------------------------------------------------------------

CLASSES = {  # The class; what AWS answers; what Huawei answers.
    "throttle": ((400, "ThrottlingException"), (429, "APIGW.0308")),
    "conflict": ((400, "ConflictException"), (409, "IIC.1006")),
    "quota": ((400, "ServiceQuotaExceededException"), (400, "IIC.1350")),
    "not-found": ((400, "ResourceNotFoundException"), (404, "IIC.404")),
    "invalid": ((400, "ValidationException"), (400, "IIC.400")),
    "denied": ((400, "AccessDeniedException"), (403, "IIC.1000")),
    "expired-token": ((400, "ExpiredTokenException"), (401, "APIGW.0301")),
    "bad-signature": ((400, "InvalidSignatureException"), (401, "APIGW.0301")),
    "clock-skew": ((400, "InvalidSignatureException"), (401, "APIGW.0301")),
    "unknown-operation": ((400, "UnknownOperationException"), (404, "APIGW.0101")),
    "internal": ((500, "InternalServerException"), (500, "APIGW.0601")),
    "unavailable": ((503, "ServiceUnavailableException"), (503, "APIGW.0613")),
}


def with_fault(server, fault, **options):
    """A boto3 client that requests this fault with each call."""
    aws = a.client(server, **options)

    def ask(request, **_):
        request.headers["x-idouble-fault"] = fault

    aws.meta.events.register("before-send.identitystore", ask)
    return aws


@pytest.mark.parametrize("fault", CLASSES)
def test_a_class_has_the_error_of_aws(server, fault):
    aws = with_fault(server, fault)
    with pytest.raises(aws.exceptions.ClientError) as caught:
        aws.create_user(**a.person())
    answer = caught.value.response
    status, code = CLASSES[fault][0]
    assert (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]) == (status, code)
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-idouble-fault"]


@pytest.mark.parametrize("fault", CLASSES)
def test_a_class_has_the_error_of_huawei(server, fault):
    status, code = CLASSES[fault][1]
    path = f"/v1/identity-stores/{STORE}/users/{MISSING}"
    headers = {"Content-Type": "application/json", "x-idouble-fault": fault}
    change = {"operations": [{"attribute_path": "title", "attribute_value": "x"}]}
    output, answered, body = server.http("PUT", path, change, headers)
    answer = json.loads(body)
    assert (output, answer["error_code"]) == (status, code)
    assert answer["request_id"] == answered["X-Request-Id"]
    assert answered["x-idouble-fault"]
    assert ("encoded_authorization_message" in answer) == (status == 403)


# The SDK throws the body of a 429 away, but for POST: a test of its own, above.
@pytest.mark.parametrize("fault", [fault for fault in CLASSES if fault != "throttle"])
def test_a_class_is_the_right_exception_of_huawei_sdk(server, fault):
    status, code = CLASSES[fault][1]
    server.control("POST", "/faults", {"on": "huawei:UpdateUser", "do": fault})
    huawei = h.client(server)
    with pytest.raises(ServiceResponseException) as caught:
        h.update(huawei, MISSING, ("title", "x"))
    expected = ServerResponseException if status >= 500 else ClientRequestException
    assert isinstance(caught.value, expected)
    assert (caught.value.status_code, caught.value.error_code) == (status, code)
    assert len(caught.value.request_id) == 32


def test_a_conflict_is_a_concurrent_modification_for_aws(server):
    aws = with_fault(server, "conflict")
    error = a.expect_error(lambda: a.update(aws, MISSING, ("title", "x")), aws.exceptions.ConflictException)
    assert error["Reason"] == "CONCURRENT_MODIFICATION"


def test_a_duplicate_is_a_uniqueness_violation(server, aws, huawei):
    rule = {"on": "*:CreateUser", "do": {"error": "conflict", "reason": "duplicate"}}
    server.control("POST", "/faults", rule)
    error = a.expect_error(lambda: a.create(aws), aws.exceptions.ConflictException)
    assert error["Reason"] == "UNIQUENESS_CONSTRAINT_VIOLATION"
    h.expect_error(lambda: h.create(huawei), 409, "IIC.1007")


def test_injected_not_found_names_the_requested_resource(server):
    aws = with_fault(server, "not-found")
    user = a.create(a.client(server))
    error = a.expect_error(lambda: a.describe(aws, user), aws.exceptions.ResourceNotFoundException)
    assert (error["ResourceType"], error["ResourceId"]) == ("USER", user)


def test_a_denial_names_action_and_resource(server):
    aws = with_fault(server, "denied")
    error = a.expect_error(lambda: a.describe(aws, MISSING), aws.exceptions.AccessDeniedException)
    text = error["Error"]["Message"]
    assert "is not authorized to perform: identitystore:DescribeUser on resource: arn:aws:identitystore:::user/" in text
    assert f":identitystore/{STORE}" in text


def test_retry_after_has_the_form_of_each_cloud(server, aws):
    rule = {"on": "*:ListUsers", "do": {"error": "throttle", "retry-after": "2s"}}
    server.control("POST", "/faults", rule)
    error = a.expect_error(
        lambda: aws.list_users(IdentityStoreId=STORE), aws.exceptions.ThrottlingException
    )
    assert error["RetryAfterSeconds"] == 2
    assert error["ResponseMetadata"]["HTTPHeaders"]["x-amz-retry-after"] == "2000"
    status, headers, _ = server.http("GET", f"/v1/identity-stores/{STORE}/users")
    assert (status, headers["Retry-After"]) == (429, "2")


def test_delay_postpones_the_response_on_both_clouds(server, aws, huawei):
    server.control("POST", "/faults", {"on": "*:ListUsers", "do": {"delay": "150ms"}})
    for ask in (lambda: aws.list_users(IdentityStoreId=STORE), lambda: h.list_users(huawei)):
        started = time.monotonic()
        ask()
        assert time.monotonic() - started >= 0.15
    started = time.monotonic()
    a.create(aws)
    assert time.monotonic() - started < 0.15


# --- committed, with an error --------------------------------------------------------------


def test_committed_create_exists_although_the_client_got_an_error(server, aws):
    faulty = with_fault(server, "commit+internal")
    a.expect_error(lambda: a.create(faulty, UserName="ghost"), faulty.exceptions.InternalServerException)
    a.expect_error(lambda: a.create(aws, UserName="ghost"), aws.exceptions.ConflictException)


def test_retry_of_a_committed_create_is_a_conflict(spawn):
    config = '[[fault]]\non = "aws:CreateUser"\ndo = "commit+internal"\nfor = "1x"\n'
    aws = a.client(spawn(config=config), attempts=3)
    error = a.expect_error(lambda: a.create(aws), aws.exceptions.ConflictException)
    assert error["ResponseMetadata"]["RetryAttempts"] == 1


def test_rejected_operation_keeps_its_own_error_under_commit(server):
    aws = with_fault(server, "commit+internal")
    a.expect_error(lambda: a.describe(aws, MISSING), aws.exceptions.ResourceNotFoundException)


# --- rules --------------------------------------------------------------------------------------


def test_a_rule_can_be_added_listed_and_removed_while_running(server, aws):
    rule = {"id": "stop", "on": "aws:ListUsers", "do": "throttle"}
    server.control("POST", "/faults", rule)
    assert "stop" in json.dumps(server.control("GET", "/faults"))
    error = a.expect_error(
        lambda: aws.list_users(IdentityStoreId=STORE), aws.exceptions.ThrottlingException
    )
    assert error["ResponseMetadata"]["HTTPHeaders"]["x-idouble-fault"] == "stop"
    server.control("DELETE", "/faults/stop")
    aws.list_users(IdentityStoreId=STORE)


def test_invalid_rule_is_rejected_with_the_reason(server):
    headers = {"Content-Type": "application/json"}
    rule = {"on": "aws:UpdateUsr", "do": "throttle"}
    status, _, body = server.http("POST", "/_idouble/faults", rule, headers)
    answer = json.loads(body)
    assert status == 400
    assert answer["error"] and answer["details"]
    assert "UpdateUsr" in body.decode()


def test_reset_removes_added_rules_and_keeps_configured_ones(spawn):
    server = spawn(fault="aws:DeleteUser=denied")
    aws = a.client(server)
    server.control("POST", "/faults", {"on": "aws:ListUsers", "do": "throttle"})
    server.reset()
    aws.list_users(IdentityStoreId=STORE)
    a.expect_error(
        lambda: aws.delete_user(IdentityStoreId=STORE, UserId=MISSING), aws.exceptions.AccessDeniedException
    )


def test_a_rule_for_one_store_or_session_leaves_the_others(server):
    server.control("POST", "/faults", {"on": {"op": "read", "session": "mine"}, "do": "internal"})
    a.client(server).list_users(IdentityStoreId=STORE)
    headers = {"x-idouble-session": "mine"}
    assert server.http("GET", f"/v1/identity-stores/{STORE}/users", None, headers)[0] == 500
    assert server.http("GET", f"/v1/identity-stores/{STORE}/users")[0] == 200


def test_a_rule_ends_after_its_times(server, aws):
    server.control("POST", "/faults", {"on": "aws:ListUsers", "do": "throttle", "for": "2x"})
    for _ in range(2):
        a.expect_error(
            lambda: aws.list_users(IdentityStoreId=STORE), aws.exceptions.ThrottlingException
        )
    aws.list_users(IdentityStoreId=STORE)


# --- quotas -------------------------------------------------------------------------------------


def test_a_full_store_takes_no_more_users_on_either_cloud(spawn, aws):
    held = len(aws.list_users(IdentityStoreId=STORE)["Users"])
    server = spawn(config=f"[quota]\nusers = {held + 1}\n")
    aws, huawei = a.client(server), h.client(server)
    user = a.create(aws)
    error = a.expect_error(lambda: a.create(aws), aws.exceptions.ServiceQuotaExceededException)
    assert error["Error"]["Message"] == (
        f"The maximum number of users ({held + 1}) in the identity store has been reached"
    )
    h.expect_error(lambda: h.create(huawei), 400, "IIC.1350")
    aws.delete_user(IdentityStoreId=STORE, UserId=user)
    h.create(huawei)
