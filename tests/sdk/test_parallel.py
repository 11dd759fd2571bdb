"""A store for each test: hundreds at once in one process, through both SDKs, and isolated from each other."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

import aws as aws_sdk
import huawei as huawei_sdk
import huaweicloudsdkidentitycenterstore.v1 as sdk
from server import STORE

TESTS = 200
NAMES = ["ann", "ben", "carla"]


def create_through_aws(aws, store, names):
    for name in names:
        aws.create_user(**aws_sdk.person(IdentityStoreId=store, UserName=name, DisplayName=name))


def create_through_huawei(huawei, store, names):
    for name in names:
        emails = [{"value": f"{name}@example.com", "type": "work", "primary": True}]
        huawei_sdk.create_user(huawei, store, user_name=name, display_name=name, emails=emails)


def names_through_aws(aws, store):
    pages = aws.get_paginator("list_users").paginate(IdentityStoreId=store)
    return [user["UserName"] for page in pages for user in page["Users"]]


def names_through_huawei(huawei, store):
    return [u.user_name for u in huawei.list_users(sdk.ListUsersRequest(identity_store_id=store)).users]


def test_200_parallel_tests_see_only_their_own_users(server, aws, huawei):
    before = server.http("GET", f"/_idouble/stores/{STORE}")[2]
    everybody = threading.Barrier(TESTS)

    def one_test(n):
        store = server.control("POST", "/stores")["id"]
        # All tests use the same names: a shared store would reject them as duplicates.
        names = [*NAMES, f"only-{n}"]
        everybody.wait(timeout=60)
        if n % 2:
            create_through_aws(aws, store, names)
        else:
            create_through_huawei(huawei, store, names)
        assert names_through_aws(aws, store) == names
        assert names_through_huawei(huawei, store) == names
        everybody.wait(timeout=60)
        assert names_through_aws(aws, store) == names
        server.control("DELETE", f"/stores/{store}")
        return store

    with ThreadPoolExecutor(TESTS) as pool:
        stores = list(pool.map(one_test, range(TESTS)))
    assert len(set(stores)) == TESTS
    left = [store["id"] for store in server.control("GET", "/stores")["stores"]]
    assert left == [STORE]
    assert server.http("GET", f"/_idouble/stores/{STORE}")[2] == before


@pytest.mark.unsigned("the clock is frozen, and clients sign with the time of the machine")
def test_two_runs_of_one_seed_export_the_same_bytes(spawn):
    def run():
        server = spawn("--seed", "9", "--clock", "2026-01-02T03:04:05Z")
        aws, huawei = aws_sdk.client(server), huawei_sdk.client(server)
        store = server.control("POST", "/stores")["id"]
        copy = server.control("POST", "/stores", {"copy": STORE})["id"]
        create_through_aws(aws, store, NAMES)
        server.control("PUT", "/clock", {"advance": "5m"})
        create_through_huawei(huawei, copy, NAMES)
        group = aws.create_group(IdentityStoreId=store, DisplayName="all")["GroupId"]
        for user in aws.list_users(IdentityStoreId=store)["Users"]:
            member = {"UserId": user["UserId"]}
            aws.create_group_membership(IdentityStoreId=store, GroupId=group, MemberId=member)
        return server.http("GET", "/_idouble/stores?format=json")[2]

    first = run()
    assert first == run()
    assert first.count(b"\"user_name\":\"carla\"") == 2
