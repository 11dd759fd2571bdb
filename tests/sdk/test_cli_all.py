"""Every operation that the AWS CLI has, which is of the older model: what boto3's rows ask, given as
`--cli-input-json`."""

import json
import pathlib
import subprocess
import sys

import pytest

from aws import create
from server import STORE
from test_aws_all_operations import NEW, OPERATIONS, World

CLI = pathlib.Path(sys.executable).with_name("aws")


@pytest.fixture
def world(aws):
    return World(aws)


@pytest.fixture
def cli(server, monkeypatch):
    """Runs `aws identitystore …` to its end: exit code, parsed output, error text."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_IDENTITYSTORE", server.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDTEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")

    def run(operation, arguments, *more):
        name = operation.replace("_", "-")
        given = ["--output", "json", "--cli-input-json", json.dumps(arguments), *more]
        done = subprocess.run(
            [str(CLI), "identitystore", name, *given], capture_output=True, text=True, timeout=60
        )
        return done.returncode, json.loads(done.stdout) if done.stdout.strip() else {}, done.stderr

    return run


@pytest.mark.parametrize("operation", [name for name in OPERATIONS if name not in NEW])
def test_an_operation_is_done_and_answers_what_its_model_requires(aws, cli, world, operation):
    arguments = {"IdentityStoreId": STORE} | OPERATIONS[operation](world)
    code, answer, error = cli(operation, arguments)
    assert code == 0, error
    model = aws.meta.service_model.operation_model(aws.meta.method_to_api_mapping[operation])
    newer = ("Arn", "Revision")
    required = [name for name in model.output_shape.required_members if not name.endswith(newer)]
    if operation.startswith(("update_", "delete_")):  # The older model has no answer to these.
        required = []
    for member in required:
        assert answer[member], member


def test_the_cli_pages_by_itself_and_by_tokens_of_its_own(aws, cli):
    made = [create(aws) for _ in range(5)]
    code, answer, error = cli("list_users", {"IdentityStoreId": STORE}, "--page-size", "2", "--max-items", "3")
    assert code == 0, error
    first = [user["UserId"] for user in answer["Users"]]
    more = ["--page-size", "2", "--starting-token", answer["NextToken"]]
    code, answer, error = cli("list_users", {"IdentityStoreId": STORE}, *more)
    assert code == 0, error
    seen = first + [user["UserId"] for user in answer["Users"]]
    assert len(first) == 3 and len(set(seen)) == len(seen)
    assert seen[-5:] == made


def test_a_conflict_is_told_in_the_service_s_words(aws, cli):
    aws.create_group(IdentityStoreId=STORE, DisplayName="Taken")
    code, _, error = cli("create_group", {"IdentityStoreId": STORE, "DisplayName": "Taken"})
    assert code in (254, 255)  # As the version has it.
    assert "An error occurred (ConflictException) when calling the CreateGroup operation" in error
    assert "Duplicate GroupDisplayName" in error
