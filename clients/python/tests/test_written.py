"""The lines of the documentation, exactly as users write them."""
# fmt: off
# ruff: noqa: E701, E704, I001, RUF100

import boto3
import idouble
import pytest

alice = None

def rename(client, store, user, title):
    operations = [{"AttributePath": "title", "AttributeValue": title}]
    client.update_user(IdentityStoreId=store, UserId=user, Operations=operations)

def main():
    assert boto3.client("organizations").describe_organization()["Organization"]["Id"]

@pytest.fixture(autouse=True)
def known_user(idouble_server):
    global alice
    with idouble_server.store(copy="d-1234567890") as store:
        users = store.aws().list_users(IdentityStoreId=store.id)["Users"]
        alice = users[0]["UserId"]

@pytest.mark.idouble(copy="d-1234567890")
def test_retries(idouble):                       # function scope: own store, own session
    aws = idouble.aws()                          # boto3 client; idouble.huawei() likewise
    with idouble.fault("*:UpdateUser", "throttle", when={"first": 2}, expect=2) as fault:
        rename(aws, idouble.id, alice, "Boss")
    assert fault.fired == 2                      # an unmet `expect` fails at the end of the block
    idouble.journal.assert_called("UpdateUser", 3, user=alice)
    idouble.journal.assert_not_called("DeleteUser")

def test_my_code(idouble_env): main()
def test_time(idouble_server): idouble_server.clock.advance("5m")

def test_without_fixtures():
    with idouble.start(preset="aws-limits") as server, server.store(copy="d-1234567890") as store: store.aws()  # noqa: E501
