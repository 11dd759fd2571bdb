"""SCIM clients that others wrote, against the built binary: testers of the protocol, and the clouds' SDKs."""

import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import urllib.request

import boto3
import huaweicloudsdkidentitycenterstore.v1 as store
import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "sdk"))

from server import STORE, Server  # noqa: E402

TOOLS = pathlib.Path(sys.executable).parent


@pytest.fixture
def server(tmp_path):
    server = Server(os.environ["IDOUBLE_BIN"], [], tmp_path / "log")
    yield server
    server.stop()


@pytest.fixture
def stores(server):
    return server.control("GET", "/stores")


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def checks(url):
    """The result of each check of scim2-tester: status and name with what it found."""
    output = run(TOOLS / "scim2", "--url", url, "test").stdout
    found = re.findall(r"^([A-Z]+) (\w+)\n  (.*)$", output, re.MULTILINE)
    assert len(found) > 50, output
    return found


def sanity(url, *options):
    command = (TOOLS / "scim-sanity", "probe", url, "--token", "any", "--i-accept-side-effects")
    return run(*command, "--json-output", *options)


def test_the_rfc_profile_passes_all_checks_of_scim2_tester(server, stores):
    found = checks(server.url + stores["stores"][0]["scim_rfc_path"])
    assert not [row for row in found if row[0] != "SUCCESS"]


def test_the_rfc_profile_passes_all_checks_of_scim_sanity(server, stores):
    probe = sanity(server.url + stores["stores"][0]["scim_rfc_path"])
    report = json.loads(probe.stdout)
    assert probe.returncode == 0, report
    others = {row["name"].split()[0] for row in report["results"] if row["status"] != "pass"}
    # Resource types of a draft, which the server does not list.
    assert others == {"Agent", "AgenticApplication"}, report["results"]


LIMITS = json.loads((ROOT / "tests/scim/aws_limits.json").read_text())


def test_the_aws_profile_fails_exactly_the_checks_of_scim2_tester_that_its_limits_break(server, stores):
    found = checks(server.url + stores["stores"][0]["scim_path"])
    broken = collections.Counter(name for status, name, _ in found if status != "SUCCESS")
    assert dict(sorted(broken.items())) == LIMITS["scim2-tester"]


@pytest.mark.parametrize("mode", ["strict", "compat"])
def test_the_aws_profile_fails_exactly_the_checks_of_scim_sanity_that_its_limits_break(server, stores, mode):
    options = ["--compat"] if mode == "compat" else []
    report = json.loads(sanity(server.url + stores["stores"][0]["scim_path"], *options).stdout)
    rows = (f"{row['status']}: {row['name']}" for row in report["results"] if row["status"] != "pass")
    assert sorted(rows) == LIMITS[f"scim-sanity {mode}"]


def scim_request(url, method, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=20) as response:
        return json.loads(response.read() or "null")


def test_a_user_made_by_scim_shows_each_change_in_all_dialects(server, stores):
    url = server.url + stores["stores"][0]["scim_path"]
    aws = boto3.client(
        "identitystore",
        endpoint_url=server.url,
        region_name="eu-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    huawei = (
        store.IdentityCenterStoreClient.new_builder()
        .with_credentials(BasicCredentials("test", "test", "0" * 32))
        .with_endpoint(server.url)
        .build()
    )

    def shown(user):
        by_aws = aws.describe_user(IdentityStoreId=STORE, UserId=user)
        request = store.DescribeUserRequest(identity_store_id=STORE, user_id=user)
        by_huawei = huawei.describe_user(request)
        by_scim = scim_request(f"{url}Users/{user}", "GET")
        names = {by_aws["DisplayName"], by_huawei.display_name, by_scim["displayName"]}
        enabled = {by_aws["UserStatus"] == "ENABLED", by_huawei.enabled, by_scim["active"]}
        assert len(names) == len(enabled) == 1, (by_aws, by_huawei, by_scim)
        return names.pop(), enabled.pop()

    made = scim_request(
        url + "Users",
        "POST",
        {
            "userName": "ann",
            "name": {"givenName": "Ann", "familyName": "Lee"},
            "displayName": "Ann Lee",
            "active": True,
        },
    )
    assert shown(made["id"]) == ("Ann Lee", True)
    operation = {"AttributePath": "displayName", "AttributeValue": "Anne Lee"}
    aws.update_user(IdentityStoreId=STORE, UserId=made["id"], Operations=[operation])
    assert shown(made["id"]) == ("Anne Lee", True)
    patch = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "active", "value": False}],
    }
    scim_request(f"{url}Users/{made['id']}", "PATCH", patch)
    assert shown(made["id"]) == ("Anne Lee", False)
