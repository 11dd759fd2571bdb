"""Published tools, run to completion with no settings but those of `idouble env`.

Each runs with a server of its own in a network namespace that has only the loopback interface, if the
kernel allows that. strace records every address that it connects to, so that an attempt to leave the machine
is detected without a namespace, too.
"""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from conftest import ROOT
from server import STORE

TOOLS = ROOT / ".venv/aws-tools/bin"
AWSIDEMAN = ROOT / ".venv/awsideman/bin/python"
SCRIPTS = ROOT / "tests/sdk/tools"
# Runs a command in a namespace of its own.
NAMESPACE = [
    "unshare",
    "--map-root-user",
    "--net",
    "sh",
    "-euc",
    'PATH=$PATH:/usr/sbin ip link set lo up; exec "$@"',
    "sh",
]
# Runs a command with the variables of `idouble env` alone, traced, and then prints the journal to a file.
CLEAN = """
strace --seccomp-bpf -f -qq -s 0 -e trace=connect,sendto,sendmsg,sendmmsg -o trace \\
    env -i PATH="$PATH" HOME="$PWD" IDOUBLE_PORT="$IDOUBLE_PORT" \\
    bash -euc 'eval "$(idouble env)"; unset IDOUBLE_PORT; exec "$@"' bash "$@"
idouble journal --json --limit 1000 > journal
"""


@dataclass
class Result:
    """What a command left."""

    output: str
    """Standard output."""
    calls: list[str]
    """Dialect and operation of each request, in order."""
    addresses: set[str]
    """The addresses that it connected to, or tried to."""


@pytest.fixture
def run(binary, tmp_path):
    """Runs a command in an empty home folder. It must succeed, and every request must be served."""
    paths = [Path(binary).parent, TOOLS, Path(sys.executable).parent, os.environ["PATH"]]
    environment = os.environ | {"PATH": os.pathsep.join(map(str, paths))}

    def start(*command):
        command = [binary, "run", "--", "bash", "-euc", CLEAN, "bash", *map(str, command)]
        done = subprocess.run(
            [*namespace(), *command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        entries = [json.loads(line) for line in (tmp_path / "journal").read_text().splitlines()]
        entries.sort(key=lambda entry: entry["seq"])
        assert [entry for entry in entries if entry["kind"] == "unknown_operation"] == []
        trace = (tmp_path / "trace").read_text()
        return Result(done.stdout, [entry["operation"] for entry in entries], addresses(trace))

    return start


def namespace():
    """The prefix of a command that runs in a namespace; empty if the kernel refuses namespaces."""
    refused = subprocess.run([*NAMESPACE, "true"], capture_output=True).returncode
    return [] if refused else NAMESPACE


def addresses(trace):
    """The addresses in a trace, other than sockets of the file system."""
    return set(re.findall(r'inet_(?:addr\(|pton\(AF_INET6, )"([^"]+)"', trace))


LOOPBACK = {"127.0.0.1"}


def test_connections_to_other_machines_are_detected(run):
    # Connecting a datagram socket sends nothing.
    script = """
import contextlib, socket
for family, address in [(socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")]:
    with contextlib.suppress(OSError):
        socket.socket(family, socket.SOCK_DGRAM).connect((address, 53))
"""
    # `idouble env` asks the server.
    assert run(sys.executable, "-c", script).addresses - LOOPBACK == {"192.0.2.1", "2001:db8::1"}


@pytest.mark.parametrize(
    ("arguments", "output"),
    [
        ("lookup user alice nobody", r"alice +f384e872-8021-70c4-796b-a1180c595771\nnobody +NOT_FOUND"),
        ("lookup group Engineering", r"Engineering +7d1e82a5-f011-7099-ab36-0a5d1794f60c"),
        ("lookup permission-set ReadOnlyAccess", r"ReadOnlyAccess +arn:aws:sso:::permissionSet/\S+"),
    ],
)
def test_aws_sso_util_looks_up(run, arguments, output):
    result = run("aws-sso-util", "admin", *arguments.split())
    assert re.search(f"^{output}\\s*$", result.output, re.MULTILINE), result.output
    assert "ListInstances" in result.calls
    assert result.addresses == LOOPBACK


def test_aws_sso_util_lists_assignments(run):
    result = run("aws-sso-util", "admin", "assignments")
    header, *rows = result.output.splitlines()
    names = header.split(",")
    found = [dict(zip(names, row.split(","), strict=True)) for row in rows]
    members = ["target_name", "permission_set_name", "principal_type", "principal_name"]
    assert sorted(tuple(row[member] for member in members) for row in found) == [
        ("Example Management", "AdministratorAccess", "USER", "alice"),
        ("Example Management", "ReadOnlyAccess", "GROUP", "On call"),
        ("Example Production", "DeveloperAccess", "GROUP", "Engineering"),
        ("Example Production", "ReadOnlyAccess", "GROUP", "Finance"),
    ]
    assert result.addresses == LOOPBACK


def test_awsssoreporting_reports_by_account(run, tmp_path):
    result = run("awsssoreporting", "--by_account", "--csv", "--output_file", "report.csv")
    rows = (tmp_path / "report.csv").read_text().splitlines()
    assert "123456789012,AdministratorAccess,alice" in [row.replace(", ", ",") for row in rows], rows
    assert {"ListInstances", "ListAccounts", "ListAccountAssignments", "DescribeGroup"} <= set(result.calls)
    assert result.addresses == LOOPBACK


def test_list_user_permissions_for_aws_idc_lists_inherited_permissions(run, tmp_path):
    result = run("list-user-permissions-for-aws-idc")
    rows = (tmp_path / "output-short.csv").read_text().splitlines()
    assert "alice,Example Management,AdministratorAccess,False,n.a" in rows
    assert "alice,Example Production,DeveloperAccess,True,Engineering" in rows
    assert result.addresses == LOOPBACK


def test_cartography_syncs_identity_center(run):
    result = run(TOOLS / "python", "-W", "ignore", SCRIPTS / "run_cartography.py")
    written = dict(line.split() for line in result.output.splitlines())
    assert written == {
        "AWSIdentityCenterInstanceSchema": "1",
        "AWSPermissionSetSchema": "3",
        "AWSSSOGroupSchema": "4",
        "AWSSSOUserSchema": "12",
        # One row for each user or group and permission set.
        "AWSRoleToSSOUserMatchLink": "12",
        "AWSRoleToSSOGroupMatchLink": "3",
    }
    assert result.addresses == LOOPBACK


def test_awsideman_manages_users_and_groups(run, tmp_path):
    # awsideman takes credentials from a profile of the AWS CLI only.
    (tmp_path / ".aws").mkdir()
    keys = "aws_access_key_id = idouble\naws_secret_access_key = idouble\n"
    (tmp_path / ".aws/config").write_text(f"[profile idouble]\n{keys}")
    instance = run("aws-sso-util", "admin", "lookup", "instance").output.strip()
    result = run(
        AWSIDEMAN,
        SCRIPTS / "run_awsideman.py",
        "profile add idouble --region us-east-1 --default",
        f"sso set {instance} {STORE}",
        "user list",
        "user create --username grace --display-name 'Grace Hopper' --email grace@example.com",
        "user get grace",
        "user find gra.*",
        "group create --name Admirals --description 'Flag officers'",
        "group add-member Admirals grace",
        "group list-members Admirals",
        "group remove-member Admirals grace --force",
        "group get Admirals",
        "group list",
        "group delete Admirals --force",
        "user delete grace --force",
    )
    assert "Error" not in result.output
    assert "Found 12 users." in result.output
    changes = [call for call in result.calls if call.startswith(("Create", "Delete"))]
    assert changes == [
        "CreateUser",
        "CreateGroup",
        "CreateGroupMembership",
        "DeleteGroupMembership",
        "DeleteGroup",
        "DeleteUser",
    ]
    assert result.addresses == LOOPBACK


def test_clients_of_both_clouds_stay_on_the_machine(run, tmp_path):
    script = tmp_path / "clients.py"
    script.write_text(CLIENTS)
    result = run(sys.executable, script)
    assert result.output.split() == [STORE, STORE, "alice"]
    assert result.addresses == LOOPBACK


CLIENTS = """
import boto3
from huaweicloudsdkidentitycenter.v1 import IdentityCenterClient, ListInstancesRequest
from huaweicloudsdkidentitycenter.v1.region.identitycenter_region import IdentityCenterRegion
from huaweicloudsdkidentitycenterstore.v1 import IdentityCenterStoreClient, ListUsersRequest
from huaweicloudsdkidentitycenterstore.v1.region.identitycenterstore_region import IdentityCenterStoreRegion

print(boto3.client("sso-admin").list_instances()["Instances"][0]["IdentityStoreId"])
builder = IdentityCenterClient.new_builder().with_region(IdentityCenterRegion.value_of("cn-north-4"))
store = builder.build().list_instances(ListInstancesRequest()).instances[0].identity_store_id
print(store)
region = IdentityCenterStoreRegion.value_of("cn-north-4")
users = IdentityCenterStoreClient.new_builder().with_region(region).build()
print(users.list_users(ListUsersRequest(identity_store_id=store, limit=1)).users[0].user_name)
"""
