"""`GET /_idouble/openapi.json` is OpenAPI, and what it allows never fails."""

import json
import os
import pathlib
import subprocess
import sys

import pytest
from openapi_spec_validator import validate

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/sdk"))

from server import Server  # noqa: E402

BINARY = os.environ.get("IDOUBLE_BIN", ROOT / "target/debug/idouble")
CHECKS = "not_a_server_error,status_code_conformance,response_schema_conformance"


@pytest.fixture
def server(tmp_path):
    server = Server(str(BINARY), ["--log", "warn"], tmp_path / "log")
    yield server
    server.stop()


def test_the_document_is_valid_and_has_every_operation_of_huawei(server):
    status, headers, body = server.http("GET", "/_idouble/openapi.json")
    assert (status, headers["content-type"]) == (200, "application/json")
    document = json.loads(body)
    validate(document)
    operations = [one for path in document["paths"].values() for one in path.values()]
    ids = [one["operationId"] for one in operations]
    assert len(ids) == len(set(ids))
    assert {"huawei_CreateUser", "huawei_ListInstances", "get_journal", "get_health"} <= set(ids)
    users = document["paths"]["/v1/identity-stores/{identity_store_id}/users"]["post"]
    schema = users["requestBody"]["content"]["application/json"]["schema"]
    assert {"user_name", "name", "emails"} <= set(schema["required"])


def test_schemathesis_finds_no_failure(server, tmp_path):
    command = [pathlib.Path(sys.executable).with_name("st"), "run"]
    command += [server.url + "/_idouble/openapi.json", "--seed", "7", "--max-examples", "5"]
    # The stream of events does not end.
    command += ["--exclude-path", "/_idouble/events", "--phases", "fuzzing", "--checks", CHECKS]
    command += ["--request-timeout", "20", "--generation-database", "none"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=tmp_path)
    assert ran.returncode == 0, ran.stdout[-8000:] + ran.stderr[-2000:]
    status, _, _ = server.http("GET", "/_idouble/health")
    assert status == 200
