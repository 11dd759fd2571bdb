"""`GET /_idouble/openapi.json` is valid OpenAPI, and requests that it allows never fail."""

import itertools
import json
import os
import pathlib
import subprocess
import sys

import jsonschema
import pytest
from openapi_spec_validator import validate

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/sdk"))

from server import Server  # noqa: E402

BINARY = os.environ.get("IDOUBLE_BIN", ROOT / "target/debug/idouble")
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
)


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


def exchanges(dialect):
    """The wire cases of a dialect: method, path, body that was sent, status, body that came back."""
    for case in sorted((ROOT / "tests/wire" / dialect).glob("*.http")):
        lines = case.read_text().splitlines(keepends=True)
        text = "".join(itertools.dropwhile(lambda line: line.startswith("#"), lines))
        for exchange in text.split("\n===\n"):
            operation_input, answer = exchange.split("\n---\n")
            head, _, sent = operation_input.partition("\n\n")
            method, target = head.splitlines()[0].split(" ")[:2]
            status, _, came = answer.partition("\n\n")
            status = status.splitlines()[0].split(" ")[0]
            yield case.stem, method.lower(), target.split("?")[0], sent.strip(), status, came.strip()


def operation_of(document, method, path):
    """The operation of a path. A path without parameters takes precedence."""
    steps = path.split("/")

    def fits(pattern):
        known = pattern.split("/")
        return len(known) == len(steps) and all(k[:1] == "{" or k == s for k, s in zip(known, steps))

    found = sorted((known for known in document["paths"] if fits(known)), key=lambda p: p.count("{"))
    return document["paths"][found[0]].get(method) if found else None


def breaches(document, content, body, **reading):
    schema = content["application/json"]["schema"] | {"components": document["components"]}
    errors = jsonschema.Draft202012Validator(schema).iter_errors(json.loads(body, **reading))
    return [error.message[:300] for error in errors]


def without_nulls(members):
    """A null in a request is an absent member."""
    return {name: value for name, value in members if value is not None}


def test_wire_cases_match_the_openapi_document(server):
    document = json.loads(server.http("GET", "/_idouble/openapi.json")[2])
    succeeded = set()
    for case, method, path, sent, status, came in exchanges("huawei"):
        operation = operation_of(document, method, path)
        if operation is None:
            continue
        place = (case, method, path, came)
        responses = operation["responses"]
        response = responses.get(status, responses["default"])
        if "content" in response:
            assert breaches(document, response["content"], came) == [], place
        else:
            assert came == "", place
        if status in responses:
            succeeded.add(operation["operationId"])
            # Terraform sends an empty structure in addition to the other one. It is accepted.
            if "requestBody" in operation and case != "external_idp_metadata":
                content = operation["requestBody"]["content"]
                found = breaches(document, content, sent, object_pairs_hook=without_nulls)
                assert found == [], place
    operations = [one for path in document["paths"].values() for one in path.values()]
    huawei = {one["operationId"] for one in operations if one["tags"] == ["huawei"]}
    assert succeeded == huawei


def test_wire_cases_of_scim_match_the_openapi_document(server):
    document = json.loads(server.http("GET", "/_idouble/openapi.json")[2])
    succeeded = set()
    for case, method, path, _, status, came in exchanges("scim"):
        operation = operation_of(document, method, path.rstrip("/"))
        # The cases of clients call AWS's operations, too, and there are paths that no operation has.
        if operation is None or operation["tags"] != ["scim"]:
            continue
        place = (case, method, path, came)
        responses = operation["responses"]
        response = responses.get(status, responses["default"])
        if "content" in response:
            assert breaches(document, response["content"], came) == [], place
        elif status in responses:
            assert came == "", place
        if status in responses:
            succeeded.add(operation["operationId"])
    operations = [one for path in document["paths"].values() for one in path.values()]
    assert succeeded == {one["operationId"] for one in operations if one["tags"] == ["scim"]}


def test_schemathesis_finds_no_failure(server, tmp_path):
    # Ids that exist, so that there are successes to judge.
    store = "d-1234567890"
    stored = json.loads(server.http("GET", f"/_idouble/stores/{store}")[2])["store"][0]
    known = {
        "identity_store_id": store,
        "user_id": stored["user"][0]["id"],
        "group_id": stored["group"][0]["id"],
        "membership_id": stored["membership"][0]["id"],
    }
    rows = [f'"path.{name}" = "{value}"\n' for name, value in known.items()]
    rows += [f'"query.{name}" = "{known[name]}"\n' for name in ("user_id", "group_id")]
    config = tmp_path / "schemathesis.toml"
    # SCIM's paths, in the tenant of the store.
    tenant = json.loads(server.http("GET", "/_idouble/stores")[2])["stores"][0]["scim_rfc_path"]
    scim = f'"path.tenant" = "{tenant.split("/")[1]}", "path.id" = "{{id}}"'
    for kind in ("user", "group"):
        one = scim.replace("{id}", stored[kind][0]["id"])
        regex = f"/scim/v2/{kind.title()}s"
        rows.append(f"[[operations]]\ninclude-path-regex = '{regex}'\nparameters = {{ {one} }}\n")
    config.write_text("[parameters]\n" + "".join(rows))
    command = [pathlib.Path(sys.executable).with_name("st"), "--config-file", config, "run"]
    command += [server.url + "/_idouble/openapi.json", "--seed", "7", "--max-examples", "5"]
    # The stream of events does not end. What takes known users, groups and stores away comes last,
    # so as not to leave all others with nothing but refusals.
    command += ["--exclude-path", "/_idouble/events", "--phases", "fuzzing", "--checks", CHECKS]
    command += ["--request-timeout", "20", "--generation-database", "none"]
    takes_away = "^(huawei_Delete|scim_Delete|delete_|post_reset|put_stores)"
    for which in ("--exclude-operation-id-regex", "--include-operation-id-regex"):
        if which.startswith("--include"):
            for operation in ("DescribeUser", "GetGroup"):
                count = f"/_idouble/journal/count?operation={operation}&status=200"
                assert json.loads(server.http("GET", count)[2])["count"] > 0, "there are no successes"
        ran = subprocess.run(
            [*command, which, takes_away], capture_output=True, text=True, timeout=300, cwd=tmp_path
        )
        assert ran.returncode == 0, ran.stdout[-8000:] + ran.stderr[-2000:]
    status, _, _ = server.http("GET", "/_idouble/health")
    assert status == 200
