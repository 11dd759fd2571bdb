"""Tests every operation that is served with the AWS CLI.

The operations and their arguments are the tables of the boto3 tests. Those tests compare the tables with the
models: every operation without a row is rejected by the server.
"""

import datetime
import json

import pytest
from botocore import xform_name

import aws as a
import test_aws_all_operations as identity_store
import test_aws_services as services
from aws import client
from aws_cli import AwsCli
from server import STORE

IDENTITY_STORE = {name: "identitystore" for name in identity_store.OPERATIONS}
OPERATIONS = IDENTITY_STORE | {name: row[0] for name, row in services.OPERATIONS.items()}


class World:
    """The resources that the rows of both tables use, and a boto3 client of each service."""

    def __init__(self, clients, server):
        self.services = services.Services(lambda name: clients.of(client, server, service=name))
        self.clients = self.services.clients
        self.users = self.clients["identitystore"]
        self.store = identity_store.World(self.users)

    def arguments(self, operation):
        if operation in services.OPERATIONS:
            return services.OPERATIONS[operation][1](self.services)
        store = {} if operation == "list_identity_stores" else {"IdentityStoreId": STORE}
        return store | identity_store.OPERATIONS[operation](self.store)

    def boto3(self, operation, **arguments):
        """Return boto3's response as the CLI prints it: without metadata, and times as numbers."""
        response = getattr(self.clients[OPERATIONS[operation]], operation)(**arguments)
        del response["ResponseMetadata"]
        return json.loads(json.dumps(response, default=datetime.datetime.timestamp))

    def read(self, operation, **arguments):
        return self.boto3(operation, IdentityStoreId=STORE, **arguments)

    def user_ids(self):
        return [user["UserId"] for user in self.read("list_users")["Users"]]

    def group_ids(self):
        return [group["GroupId"] for group in self.read("list_groups")["Groups"]]

    def members(self, group):
        found = self.read("list_group_memberships", GroupId=group)["GroupMemberships"]
        return [one["MemberId"]["UserId"] for one in found]

    def has_assignment(self):
        expected = self.services.assignment
        arguments = {"InstanceArn": expected["InstanceArn"], "AccountId": expected["TargetId"]}
        found = self.boto3(
            "list_account_assignments", PermissionSetArn=expected["PermissionSetArn"], **arguments
        )["AccountAssignments"]
        return expected["PrincipalId"] in [one["PrincipalId"] for one in found]


# For each operation that writes, a check of its effect, given the world and the CLI's output. All others only read.
EFFECTS = {
    "create_user": lambda w, out: out["UserId"] == w.user_ids()[-1],
    "update_user": lambda w, out: a.describe(w.users, w.store.user)["DisplayName"] == "Renamed",
    "delete_user": lambda w, out: w.store.user not in w.user_ids(),
    "create_group": lambda w, out: out["GroupId"] == w.group_ids()[-1],
    "update_group": lambda w, out: (
        w.read("describe_group", GroupId=w.store.group)["DisplayName"] == "Renamed"
    ),
    "delete_group": lambda w, out: w.store.group not in w.group_ids(),
    "create_group_membership": lambda w, out: (
        out["MembershipId"] and w.members(w.store.empty) == [w.store.user]
    ),
    "delete_group_membership": lambda w, out: w.members(w.store.group) == [],
    "update_identity_store": lambda w, out: (
        w.read("describe_identity_store")["NetworkConfiguration"] == {"VpceAccessRequired": False}
    ),
    "create_account_assignment": lambda w, out: w.has_assignment(),
    "delete_account_assignment": lambda w, out: not w.has_assignment(),
}


@pytest.fixture
def world(server, clients):
    return World(clients, server)


@pytest.fixture(scope="module")
def aws_cli(environment):
    return AwsCli()


@pytest.fixture
def cli(aws_cli, variables):
    """Runs `aws SERVICE OPERATION …` with the variables of `idouble env`; returns its output."""

    def run(*words):
        code, output, errors = aws_cli.run(*words, variables=variables)
        assert code == 0, errors
        return json.loads(output) if output else {}

    return run


def options(arguments):
    for member, value in arguments.items():
        yield f"--{xform_name(member, '-')}"
        yield value if isinstance(value, str) else json.dumps(value)


def test_every_operation_of_the_identity_store_has_a_row(aws):
    assert set(IDENTITY_STORE) == set(aws.meta.method_to_api_mapping)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_aws_cli_calls_each_operation(server, world, cli, operation):
    arguments = world.arguments(operation)
    if operation == "delete_account_assignment":
        world.boto3("create_account_assignment", **world.services.assignment)
    output = cli(OPERATIONS[operation], operation.replace("_", "-"), *options(arguments))
    name = world.clients[OPERATIONS[operation]].meta.method_to_api_mapping[operation]
    last = server.control("GET", "/journal?limit=1")["entries"][0]
    assert last["operation"] == name
    if operation in EFFECTS:
        assert EFFECTS[operation](world, output)
    else:
        assert output == world.boto3(operation, **arguments)


def test_the_aws_cli_updates_a_user_and_reads_it_back(cli, aws):
    user = a.create(aws, UserName="from.the.shell")
    both = ["--identity-store-id", STORE, "--user-id", user]
    operations = json.dumps(
        [
            {"AttributePath": "title", "AttributeValue": "Engineer"},
            {
                "AttributePath": "emails",
                "AttributeValue": [{"value": "cli@example.com", "primary": True}],
            },
        ]
    )
    cli("identitystore", "update-user", *both, "--operations", operations)
    output = cli("identitystore", "describe-user", *both)
    assert output["Title"] == "Engineer"
    assert output["Emails"] == [{"Value": "cli@example.com", "Primary": True}]


def test_the_aws_cli_pages_through_every_user(cli, aws):
    made = [a.create(aws) for _ in range(5)]
    output = cli("identitystore", "list-users", "--identity-store-id", STORE, "--page-size", "2")
    assert [user["UserId"] for user in output["Users"]][-5:] == made


def test_aws_cli_calls_the_other_services(cli):
    caller = cli("sts", "get-caller-identity")
    assert caller["Arn"] == "arn:aws:iam::123456789012:user/idouble"
    accounts = cli("organizations", "list-accounts", "--page-size", "1")
    assert [account["Name"] for account in accounts["Accounts"]] == [
        "Example Management",
        "Example Production",
    ]
    instance = cli("sso-admin", "list-instances", "--query", "Instances[0]")
    assert instance["IdentityStoreId"] == STORE
