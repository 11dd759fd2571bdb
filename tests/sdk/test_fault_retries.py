"""How the SDKs live through faults that come and go: their own retries, in each of their modes."""

import time

import pytest
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException, ConnectionException

import aws as a
import huawei as h
from server import STORE

MODES = ["legacy", "standard", "adaptive"]
TWICE = {"id": "twice", "on": {"op": "aws:*", "attempt": "<=2"}, "do": "internal"}


def rule(server, rule):
    server.control("POST", "/faults", rule)
    return lambda: server.control("GET", f"/faults/{rule['id']}")["fired"]


@pytest.mark.parametrize("mode", MODES)
def test_boto3_gets_through_two_failures(server, mode):
    fired = rule(server, TWICE)
    aws = a.client(server, attempts=3, mode=mode)
    made = aws.create_user(**a.person())
    assert made["ResponseMetadata"]["RetryAttempts"] == 2
    assert fired() == 2
    server.control("DELETE", "/faults")
    assert a.describe(aws, made["UserId"])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("fault", ["internal", "unavailable", "reset", "close", "garbage"])
def test_boto3_gives_up_on_what_always_fails(server, mode, fault):
    fired = rule(server, {"id": "always", "on": "aws:*", "do": fault})
    aws = a.client(server, attempts=2, mode=mode)
    with pytest.raises(Exception):  # Of the SDK, or of the HTTP client below it.
        aws.list_users(IdentityStoreId=STORE)
    assert fired() == 2


@pytest.mark.parametrize("mode", MODES)
def test_a_lost_reply_to_a_create_is_a_duplicate_to_the_application(server, mode):
    rule(server, {"id": "lost", "on": "aws:CreateUser", "do": "commit+reset", "for": "1x"})
    aws = a.client(server, attempts=3, mode=mode)
    name = f"lost-{mode}"
    error = a.expect_error(lambda: a.create(aws, UserName=name), aws.exceptions.ConflictException)
    assert error["ResponseMetadata"]["RetryAttempts"] == 1
    names = [user["UserName"] for user in aws.list_users(IdentityStoreId=STORE)["Users"]]
    assert names.count(name) == 1


@pytest.mark.parametrize("mode", MODES)
def test_a_lost_reply_to_an_update_heals_itself(server, mode):
    aws = a.client(server, attempts=3, mode=mode)
    user = a.create(aws)
    rule(server, {"id": "lost", "on": "aws:UpdateUser", "do": "commit+close", "for": "1x"})
    a.update(aws, user, ("title", "Pilot"))
    assert a.describe(aws, user)["Title"] == "Pilot"


@pytest.mark.parametrize("mode", MODES)
def test_a_paginator_survives_throttling_in_mid_list(server, mode):
    aws = a.client(server, attempts=3, mode=mode)
    whole = [user["UserId"] for user in aws.list_users(IdentityStoreId=STORE)["Users"]]
    fired = rule(
        server,
        {"id": "mid", "on": "aws:ListUsers", "when": {"nth": [2, 4]},
         "do": {"error": "throttle", "retry-after": "5ms"}},
    )
    pages = aws.get_paginator("list_users").paginate(
        IdentityStoreId=STORE, PaginationConfig={"PageSize": 4}
    )
    assert [user["UserId"] for page in pages for user in page["Users"]] == whole
    assert fired() == 2


@pytest.mark.newer
def test_standard_mode_waits_for_retry_after(server):
    effect = {"error": "throttle", "retry-after": "700ms"}
    rule(server, {"id": "retry-after", "on": "aws:ListUsers", "when": {"first": 1}, "do": effect})
    aws = a.client(server, attempts=2)
    start = time.monotonic()
    aws.list_users(IdentityStoreId=STORE)
    assert time.monotonic() - start >= 0.7


def test_boto3_gives_a_hanging_call_up_by_itself(server):
    rule(server, {"id": "hang", "on": "aws:ListUsers", "do": "hang"})
    aws = a.client(server, read_timeout=0.2)
    with pytest.raises(Exception, match="Read timeout"):
        aws.list_users(IdentityStoreId=STORE)


def test_dripped_response_arrives_whole(server, aws, huawei):
    whole = len(aws.list_users(IdentityStoreId=STORE)["Users"])
    rule(server, {"id": "drip", "on": "read", "do": {"drip": "4000/5ms"}})
    assert len(aws.list_users(IdentityStoreId=STORE)["Users"]) == whole
    assert len(h.list_users(huawei).users) == whole


def test_huawei_sdk_gets_through_two_throttled_reads_and_updates(server):
    huawei = h.client(server, retries=3)
    user = h.create(huawei)
    fired = rule(
        server,
        {"id": "twice", "on": ["huawei:UpdateUser", "huawei:DescribeUser"],
         "when": {"first": 2, "per": "op"}, "do": "throttle"},
    )
    assert h.update(huawei, user, ("title", "x")).status_code == 200
    assert h.shown(huawei, user)["title"] == "x"
    assert fired() == 4


def test_huawei_sdk_gives_up_on_what_always_fails(server):
    huawei = h.client(server, retries=2)
    fired = rule(server, {"id": "always", "on": "huawei:*", "do": "throttle"})
    with pytest.raises(ClientRequestException) as caught:
        h.list_users(huawei)
    assert caught.value.status_code == 429
    assert fired() == 3


@pytest.mark.parametrize("fault", ["reset", "close", "garbage"])
def test_huawei_sdk_reports_a_lost_connection(server, fault):
    huawei = h.client(server)
    user = h.create(huawei)
    rule(server, {"id": "lost", "on": "huawei:UpdateUser", "do": f"commit+{fault}"})
    with pytest.raises(ConnectionException):
        h.update(huawei, user, ("title", "Pilot"))
    assert h.shown(huawei, user)["title"] == "Pilot", "it was done"


def test_huawei_s_lost_create_is_a_duplicate_when_the_application_tries_again(server):
    huawei = h.client(server)
    rule(server, {"id": "lost", "on": "huawei:CreateUser", "do": "commit+reset", "for": "1x"})
    with pytest.raises(ConnectionException):
        h.create(huawei, user_name="geist")
    h.expect_error(lambda: h.create(huawei, user_name="geist"), 409, "IIC.1007")
