"""Clients as users configure them: the AWS CLI, and the variables that both SDKs read."""

import os
import pathlib
import subprocess
import sys

import boto3
import huaweicloudsdkidentitycenter.v1 as identitycenter
from huaweicloudsdkcore.auth.credentials import BasicCredentials, GlobalCredentials
from huaweicloudsdkidentitycenter.v1.region.identitycenter_region import IdentityCenterRegion
from huaweicloudsdkidentitycenterstore.v1.region.identitycenterstore_region import (
    IdentityCenterStoreRegion,
)

import aws as a
import huawei as h
from server import MISSING, STORE

CLI = pathlib.Path(sys.executable).with_name("aws")


def test_aws_cli_reports_errors_of_the_service(variables):
    command = [CLI, "identitystore", "describe-user", "--identity-store-id", STORE, "--user-id", MISSING]
    environment = os.environ | variables | {"AWS_MAX_ATTEMPTS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert "An error occurred (ResourceNotFoundException)" in done.stderr
    assert "User not found" in done.stderr


def test_boto3_works_with_only_idouble_env(variables, monkeypatch):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    client = boto3.session.Session().client("identitystore")
    assert a.describe(client, a.create(client))["UserStatus"] == "ENABLED"


def test_huawei_sdk_works_with_only_idouble_env(variables, monkeypatch):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    # Without it the SDK asks the real IAM service for the region's project.
    assert variables["HUAWEICLOUD_SDK_IAM_ENDPOINT"] == variables["AWS_ENDPOINT_URL_IDENTITYSTORE"]
    builder = h.sdk.IdentityCenterStoreClient.new_builder()
    client = builder.with_region(IdentityCenterStoreRegion.value_of("cn-north-4")).build()
    assert h.describe(client, h.create(client)).enabled is True


def test_huawei_global_credentials_list_instances_and_read_a_user(variables, server, monkeypatch):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    # The client asks IAM for the domain id of the account.
    credentials = GlobalCredentials("HWAKTEST", "secret")
    builder = identitycenter.IdentityCenterClient.new_builder().with_credentials(credentials)
    client = builder.with_region(IdentityCenterRegion.value_of("cn-north-4")).build()
    instances = client.list_instances(identitycenter.ListInstancesRequest()).instances
    stores = [instance.identity_store_id for instance in instances]
    assert stores == [STORE]

    region = IdentityCenterStoreRegion.value_of("cn-north-4")
    users = h.sdk.IdentityCenterStoreClient.new_builder().with_region(region).build()
    unique = {"unique_attribute": {"attribute_path": "user_name", "attribute_value": "alice"}}
    alice = h.get_user_id(users, unique, stores[0]).user_id
    assert h.describe(users, alice, stores[0]).display_name == "Alice Martin"
    operations = [entry["operation"] for entry in server.control("GET", "/journal")["entries"]]
    assert {"KeystoneListAuthDomains", "ListInstances", "GetUserId", "DescribeUser"} <= set(operations)


def test_idouble_env_covers_every_region_of_huawei_sdk(variables, server):
    for service, regions in [
        ("IDENTITYCENTERSTORE", IdentityCenterStoreRegion.static_fields),
        ("IDENTITYCENTER", IdentityCenterRegion.static_fields),
    ]:
        for region in regions:
            name = f"HUAWEICLOUD_SDK_REGION_{service}_{region.replace('-', '_').upper()}"
            assert variables[name] == server.url


def test_any_credentials_are_accepted_unless_signatures_are_checked(spawn):
    server = spawn("--auth", "off")
    credentials = BasicCredentials("OTHER", "other").with_security_token("token")
    builder = h.sdk.IdentityCenterStoreClient.new_builder().with_credentials(credentials)
    h.list_users(builder.with_endpoint(server.url).build())
