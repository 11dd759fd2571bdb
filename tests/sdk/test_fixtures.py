"""Fixtures, as both SDKs find them: own ones, the one inside the binary, and what a seed fixes."""

import pytest

import aws as a
import huawei as h
from conftest import ROOT
from server import STORE

OWN = "d-abcdef0123"
ISSUER = "https://scim.example.com/v2"
FIXTURE = {
    "store": [
        {
            "id": OWN,
            "user": [
                {
                    "user_name": "from.scim",
                    "display_name": "From Scim",
                    "name": {"given_name": "From", "family_name": "Scim"},
                    "external_ids": [{"issuer": ISSUER, "id": "42"}],
                    "enabled": False,
                    "website": "https://example.com",
                }
            ],
        }
    ]
}


@pytest.fixture
def own(spawn):
    return spawn(fixture=FIXTURE)


def found_by_aws(aws):
    alternate = {"ExternalId": {"Issuer": ISSUER, "Id": "42"}}
    return aws.get_user_id(IdentityStoreId=OWN, AlternateIdentifier=alternate)["UserId"]


def found_by_huawei(huawei):
    alternate = {"external_id": {"issuer": ISSUER, "id": "42"}}
    return h.get_user_id(huawei, alternate, store=OWN).user_id


def test_a_user_of_a_fixture_is_found_by_external_id_through_both_clouds(own):
    aws, huawei = a.client(own), h.client(own)
    user = found_by_aws(aws)
    assert found_by_huawei(huawei) == user
    shown = aws.describe_user(IdentityStoreId=OWN, UserId=user)
    assert shown["ExternalIds"] == [{"Issuer": ISSUER, "Id": "42"}]
    assert shown["UserStatus"] == "DISABLED"
    shown = h.describe(huawei, user, store=OWN)
    assert [(one.issuer, one.id) for one in shown.external_ids] == [(ISSUER, "42")]
    assert shown.enabled is False


def test_external_ids_and_state_survive_updates_through_both_clouds(own):
    aws, huawei = a.client(own), h.client(own)
    user = found_by_aws(aws)
    operations = [{"AttributePath": "title", "AttributeValue": "x"}]
    aws.update_user(IdentityStoreId=OWN, UserId=user, Operations=operations)
    h.update(huawei, user, ("nickname", "y"), store=OWN)
    assert found_by_aws(aws) == found_by_huawei(huawei) == user
    shown = aws.describe_user(IdentityStoreId=OWN, UserId=user)
    assert (shown["Title"], shown["NickName"], shown["UserStatus"]) == ("x", "y", "DISABLED")
    assert shown["Website"] == "https://example.com"


def test_fixture_option_replaces_the_built_in_directory(own):
    aws = a.client(own)
    assert len(aws.list_users(IdentityStoreId=OWN)["Users"]) == 1
    a.expect_error(
        lambda: aws.list_users(IdentityStoreId=STORE), aws.exceptions.ResourceNotFoundException
    )


def test_reset_restores_the_fixture(own):
    aws = a.client(own)
    user = found_by_aws(aws)
    before = aws.describe_user(IdentityStoreId=OWN, UserId=user)
    aws.delete_user(IdentityStoreId=OWN, UserId=user)
    own.reset()
    after = aws.describe_user(IdentityStoreId=OWN, UserId=user)
    before.pop("ResponseMetadata"), after.pop("ResponseMetadata")
    assert after == before


@pytest.mark.parametrize("path", sorted((ROOT / "fixtures").glob("*.*")), ids=lambda path: path.name)
def test_both_clouds_read_every_user_of_every_fixture(spawn, path):
    server = spawn("--fixture", str(path))
    aws, huawei = a.client(server), h.client(server)
    for store in aws.list_identity_stores()["IdentityStores"]:
        store = store["IdentityStoreId"]
        users = [
            user
            for page in aws.get_paginator("list_users").paginate(IdentityStoreId=store)
            for user in page["Users"]
        ]
        seen = h.list_users(huawei, store=store).users
        assert [user["UserId"] for user in users[:100]] == [user.user_id for user in seen]
        for user in users:
            shown = h.describe(huawei, user["UserId"], store=store)
            assert shown.user_name == user["UserName"]
            assert shown.display_name == user.get("DisplayName")


def test_the_same_seed_gives_the_same_ids_and_passwords(spawn):
    def run(seed):
        server = spawn("--seed", seed)
        made = h.create_user(h.client(server), user_name="seeded")
        return made.user_id, made.password, a.create(a.client(server), UserName="seeded.too")

    assert run("7") == run("7")
    assert run("7") != run("8")


def test_built_in_directory_has_alice(aws, huawei):
    unique = {"AttributePath": "userName", "AttributeValue": "alice"}
    user = aws.get_user_id(IdentityStoreId=STORE, AlternateIdentifier={"UniqueAttribute": unique})["UserId"]
    assert h.describe(huawei, user).user_name == "alice"
