"""The recipes of docs/faults.md as printed, and what the clients see of them."""

import re
import time

import pytest
from huaweicloudsdkcore.exceptions.exceptions import ServerResponseException
from requests.exceptions import ChunkedEncodingError

import aws as a
import huawei as h
from conftest import ROOT
from server import MISSING, STORE

PAGE = (ROOT / "docs/faults.md").read_text()
COOKBOOK = PAGE.partition("## Recipes")[2].partition("\n## ")[0]
RECIPES = {
    re.search(r'^id = "(.*)"$', block, re.MULTILINE)[1]: block
    for block in re.findall(r"```toml\n(.*?)```", COOKBOOK, re.DOTALL)
}
FROZEN = ("--clock", "2030-01-01T00:00:00Z")


@pytest.fixture
def recipe(spawn):
    """A server with one recipe."""
    return lambda name, *arguments: spawn(*arguments, config=RECIPES[name])


def fired(server, name):
    return server.control("GET", f"/faults/{name}")["fired"]


def test_every_recipe_has_its_test():
    assert len(RECIPES) >= 12
    tested = {name[5:].replace("_", "-") for name in globals() if name.startswith("test_")}
    assert not set(RECIPES) - tested


def test_throttled_third(recipe):
    server = recipe("throttled-third")
    aws, huawei = a.client(server), h.client(server)
    user = h.create(huawei)
    hits = 0
    for n in range(90):
        try:
            a.update(aws, user, ("title", f"{n}"))
        except aws.exceptions.ThrottlingException as error:
            assert error.response["Error"]["Message"] == "Rate exceeded"
            hits += 1
    assert 15 < hits < 45
    errors = []
    for n in range(30):
        try:
            h.update(huawei, user, ("title", f"{n}"))
        except Exception as error:  # Whatever it is, it has to be the 429.
            errors.append((error.status_code, error.error_code))
    assert errors and set(errors) == {(429, "429")}
    a.describe(aws, user)


@pytest.mark.skipif(not a.NEWER, reason="reads x-amz-retry-after since 1.44")
def test_retry_storm(recipe):
    server = recipe("retry-storm")
    aws = a.client(server, attempts=3)
    start = time.monotonic()
    for _ in range(3):
        a.expect_error(lambda: aws.list_users(IdentityStoreId=STORE), aws.exceptions.ThrottlingException)
    assert time.monotonic() - start >= 3 * 2 * 0.02
    assert fired(server, "retry-storm") == 9


def test_lost_reply(recipe):
    server = recipe("lost-reply")
    aws = a.client(server, attempts=3)
    error = a.expect_error(lambda: a.create(aws, UserName="ghost"), aws.exceptions.ConflictException)
    assert error["ResponseMetadata"]["RetryAttempts"] == 1
    names = [user["UserName"] for user in aws.list_users(IdentityStoreId=STORE)["Users"]]
    assert names.count("ghost") == 1
    assert server.control("GET", "/faults/verdict")["met"]


def test_concurrent_edit(recipe):
    server = recipe("concurrent-edit")
    aws, huawei = a.client(server, attempts=3), h.client(server, retries=2)
    user = a.create(aws)
    error = a.expect_error(
        lambda: a.update(aws, user, ("title", "x")), aws.exceptions.ConflictException
    )
    assert error["Reason"] == "CONCURRENT_MODIFICATION"
    assert error["ResponseMetadata"]["RetryAttempts"] == 0
    h.expect_error(lambda: h.update(huawei, user, ("title", "x")), 409, "IIC.1006")
    a.update(aws, user, ("title", "y"))
    assert h.update(huawei, user, ("nickname", "z")).status_code == 200
    assert (a.describe(aws, user)["Title"], h.shown(huawei, user)["nickname"]) == ("y", "z")


def test_quota_reached(recipe):
    server = recipe("quota-reached")
    aws, huawei = a.client(server), h.client(server)
    a.expect_error(lambda: a.create(aws), aws.exceptions.ServiceQuotaExceededException)
    h.expect_error(lambda: h.create(huawei), 400, "IIC.1350")


def test_expired_token(recipe):
    server = recipe("expired-token")
    aws, huawei = a.client(server, attempts=3), h.client(server)
    for _ in range(3):
        aws.list_users(IdentityStoreId=STORE)
    with pytest.raises(aws.exceptions.ClientError) as caught:
        aws.list_users(IdentityStoreId=STORE)
    assert caught.value.response["Error"]["Code"] == "ExpiredTokenException"
    h.expect_error(lambda: h.list_users(huawei), 401, "APIGW.0301")


def test_slow_p99(recipe):
    server = recipe("slow-p99", "--seed", "7")
    aws = a.client(server)
    start = time.monotonic()
    for _ in range(20):
        aws.list_users(IdentityStoreId=STORE, MaxResults=1)
    # The draws are the seed's, so this many milliseconds were slept at least.
    assert time.monotonic() - start >= 0.1
    assert fired(server, "slow-p99") == 20


def test_half_a_body(recipe):
    server = recipe("half-a-body")
    aws, huawei = a.client(server), h.client(server)
    answer = aws.list_users(IdentityStoreId=STORE)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert "Users" not in answer
    with pytest.raises(ChunkedEncodingError):
        h.list_users(huawei)


@pytest.mark.unsigned("the clock is frozen, and clients sign with the time of the machine")
def test_stale_read(recipe):
    server = recipe("stale-read", *FROZEN)
    aws, huawei = a.client(server), h.client(server)
    user = a.create(aws, Title="Pilot")
    a.expect_error(lambda: a.describe(aws, user), aws.exceptions.ResourceNotFoundException)
    found = aws.list_users(IdentityStoreId=STORE)["Users"]
    assert [shown["Title"] for shown in found if shown["UserId"] == user] == ["Pilot"]
    h.expect_error(lambda: h.describe(huawei, user), 404)
    server.control("PUT", "/clock", {"advance": "2s"})
    assert (a.describe(aws, user)["Title"], h.shown(huawei, user)["title"]) == ("Pilot", "Pilot")


@pytest.mark.unsigned("the clock is frozen, and clients sign with the time of the machine")
def test_outage_window(recipe):
    server = recipe("outage-window", *FROZEN)
    aws, huawei = a.client(server), h.client(server)
    with pytest.raises(aws.exceptions.ClientError) as caught:
        aws.list_users(IdentityStoreId=STORE)
    assert caught.value.response["Error"]["Code"] == "ServiceUnavailableException"
    with pytest.raises(ServerResponseException) as caught:
        h.list_users(huawei)
    assert (caught.value.status_code, caught.value.error_code) == (503, "APIGW.0613")
    server.control("PUT", "/clock", {"advance": "30s"})
    aws.list_users(IdentityStoreId=STORE)
    h.list_users(huawei)


@pytest.mark.unsigned("the clock is frozen, and clients sign with the time of the machine")
def test_published_rate(recipe):
    server = recipe("published-rate", *FROZEN)
    aws = a.client(server)
    for _ in range(20):
        aws.list_users(IdentityStoreId=STORE)
    a.expect_error(lambda: aws.list_users(IdentityStoreId=STORE), aws.exceptions.ThrottlingException)
    aws.list_groups(IdentityStoreId=STORE)
    server.control("PUT", "/clock", {"advance": "50ms"})
    aws.list_users(IdentityStoreId=STORE)


@pytest.mark.unsigned("the clock is frozen, and clients sign with the time of the machine")
def test_one_test_only(recipe):
    server = recipe("one-test-only", *FROZEN)
    a.client(server).list_users(IdentityStoreId=STORE)
    h.list_users(h.client(server))
    mine = a.session().client(
        "identitystore",
        endpoint_url=server.url,
        region_name="us-east-1",
        aws_access_key_id="t42",
        aws_secret_access_key="secret",
        config=a.Config(retries={"total_max_attempts": 1, "mode": "standard"}),
    )
    a.expect_error(
        lambda: mine.list_users(IdentityStoreId=STORE), mine.exceptions.InternalServerException
    )
    assert fired(server, "one-test-only") == 1
    server.control("PUT", "/clock", {"advance": "29s"})
    assert fired(server, "one-test-only") == 1  # And that was asking for it.
    server.control("PUT", "/clock", {"advance": "30s"})
    assert server.control("GET", "/faults") == {"faults": []}


def test_twice_then_works(recipe):
    aws = a.client(recipe("twice-then-works"), attempts=3)
    assert aws.list_users(IdentityStoreId=STORE)["ResponseMetadata"]["RetryAttempts"] == 2


def test_proxy_page(recipe):
    server = recipe("proxy-page")
    aws, huawei = a.client(server), h.client(server)
    with pytest.raises(aws.exceptions.ClientError) as caught:
        a.describe(aws, MISSING)
    metadata = caught.value.response["ResponseMetadata"]
    assert metadata["HTTPStatusCode"] == 502
    assert metadata["HTTPHeaders"]["content-type"] == "text/html"
    assert caught.value.response["Error"]["Code"] == "ServiceUnavailableException"
    with pytest.raises(ServerResponseException) as caught:
        h.list_users(huawei)
    assert (caught.value.status_code, caught.value.error_code) == (502, "APIGW.0613")
