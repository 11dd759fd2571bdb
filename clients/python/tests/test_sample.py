"""A suite as users write it."""

import asyncio
import os

import boto3
import idouble as package
import pytest
from aiobotocore.session import get_session
from huaweicloudsdkidentitycenterstore.v1 import IdentityCenterStoreClient, ListUsersRequest
from huaweicloudsdkidentitycenterstore.v1.region.identitycenterstore_region import (
    IdentityCenterStoreRegion,
)

COPY = pytest.mark.idouble(copy="d-1234567890")


def users(client, store):
    return client.list_users(IdentityStoreId=store)["Users"]


def rename(client, store, user, title):
    operations = [{"AttributePath": "title", "AttributeValue": title}]
    client.update_user(IdentityStoreId=store, UserId=user, Operations=operations)


@COPY
def test_retries(idouble):
    aws = idouble.aws()
    alice = users(aws, idouble.id)[0]["UserId"]
    with idouble.fault("*:UpdateUser", "throttle", when={"first": 2}, expect=2) as fault:
        rename(aws, idouble.id, alice, "Boss")
    assert fault.fired == 2
    idouble.journal.assert_called("UpdateUser", 3, user=alice)
    idouble.journal.assert_called("aws:UpdateUser", "<=3", within="1s")
    idouble.journal.assert_not_called("DeleteUser")
    with pytest.raises(AssertionError, match="nearest"):
        idouble.journal.assert_called("UpdateUser", user="someone-else")
    with pytest.raises(AssertionError, match="UpdateUser"):
        idouble.journal.assert_not_called("UpdateUser")


@COPY
def test_an_unmet_expectation_fails(idouble):
    fault = idouble.fault("*:UpdateUser", "throttle", expect=1)
    with pytest.raises(AssertionError, match="hit 0 times, expected 1"), fault:
        users(idouble.aws(), idouble.id)
    with pytest.raises(ZeroDivisionError), idouble.fault("*:UpdateUser", "throttle", expect=1):
        _ = 1 / 0


def test_a_store_is_empty_by_default(idouble):
    assert users(idouble.aws(), idouble.id) == []


@pytest.mark.idouble(fixture="bob.toml")
def test_a_store_begins_with_a_fixture(idouble):
    assert [user["UserName"] for user in users(idouble.aws(), idouble.id)] == ["bob"]


@COPY
@pytest.mark.parametrize("number", range(4))
def test_tests_do_not_see_each_other(idouble, number):
    aws = idouble.aws()
    before = idouble.journal.count()
    name = f"user-{number}"
    person = {"GivenName": name, "FamilyName": name}
    user = {"UserName": name, "DisplayName": name, "Name": person}
    aws.create_user(IdentityStoreId=idouble.id, **user)
    with (
        idouble.fault("*:ListUsers", "denied"),
        pytest.raises(aws.exceptions.AccessDeniedException),
    ):
        users(aws, idouble.id)
    assert len(users(aws, idouble.id)) == 2
    assert (before, idouble.journal.count()) == (0, 3)


@COPY
@pytest.mark.parametrize("_again", range(2))
def test_code_under_test_is_pointed_at_the_server(idouble, idouble_env, _again):
    assert "AWS_PROFILE" not in os.environ
    assert idouble_env["AWS_ACCESS_KEY_ID"] == idouble.access_key
    assert len(users(boto3.client("identitystore"), idouble.id)) == 1
    idouble.journal.assert_called("ListUsers", 1)


def test_huawei_clients_see_the_same_store(idouble, idouble_env):
    request = ListUsersRequest(identity_store_id=idouble.id)
    assert idouble.huawei().list_users(request).users == []
    region = IdentityCenterStoreRegion.value_of("cn-north-4")
    own_code = IdentityCenterStoreClient.new_builder().with_region(region).build()
    assert own_code.list_users(request).users == []
    idouble.journal.assert_called("huawei:ListUsers", 2)


def test_time(idouble_server):
    idouble_server.clock.freeze()
    before = idouble_server.clock.now
    idouble_server.clock.advance("24h")
    assert idouble_server.clock.now > before
    idouble_server.clock.unfreeze()


@COPY
def test_asyncio_code(idouble, idouble_env):
    async def main():
        async with get_session().create_client("identitystore") as aws:
            with idouble.fault("*:ListUsers", "throttle", when={"first": 1}, expect=1):
                return await aws.list_users(IdentityStoreId=idouble.id)

    assert len(asyncio.run(main())["Users"]) == 1
    idouble.journal.assert_called("ListUsers", 2)


def test_a_server_of_its_own(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "missing")
    with package.start(preset="aws-limits") as server, server.store(copy="d-1234567890") as store:
        assert len(users(store.aws(), store.id)) == 12
        process = server._process
    assert process.poll() == 0
