"""Fixtures: a spawned idouble, and clients of both clouds that point at it.

`server` is one process for the whole session, reset before each test. `spawn` starts further ones
for tests that need their own flags, configuration or faults. The fixtures stop every process that they start.
"""

import datetime
import json
import os
import pathlib
import shlex
import subprocess

import pytest

import aws as aws_sdk
from server import Server, reset_counters

ROOT = pathlib.Path(__file__).resolve().parents[2]


# The clock of the common server is frozen, so that its final state is the same in every run.
FROZEN = "2026-01-02T03:04:05Z"

# The access keys that the tests sign with.
IDS = ["AKIDTEST", "HWAKTEST", "HWAKREGION", "111122223333", "t42"]
KEYS = [*((id, "secret") for id in IDS), ("idouble", "idouble")]


def pytest_addoption(parser):
    output = "write the stores of the common server after each test to a file"
    parser.addoption("--exports", metavar="FILE", help=output)
    output = "compare the stores after each test with those in a file of --exports, byte for byte"
    parser.addoption("--same-as", metavar="FILE", help=output)
    output = "run only the tests that are in the file of --same-as"
    parser.addoption("--known-only", action="store_true", help=output)
    output = "check signatures in every server, with the access keys that the tests sign with"
    parser.addoption("--strict-auth", action="store_true", help=output)


def pytest_collection_modifyitems(config, items):
    if config.getoption("--known-only"):
        known = exports_in(config.getoption("--same-as"))
        # boto3 sends the same requests as the AWS CLI.
        again = [item for item in items if item.nodeid in known and "cli" not in item.fixturenames]
        config.hook.pytest_deselected(items=[item for item in items if item not in again])
        items[:] = again
    if path := config.getoption("--exports"):
        open(path, "w").close()  # Every worker collects before the first test runs.
    for item in items:
        marker = item.get_closest_marker("unsigned")
        if marker and config.getoption("--strict-auth"):
            item.add_marker(pytest.mark.skip(reason=marker.args[0]))
        if not aws_sdk.NEWER and item.get_closest_marker("newer"):
            item.add_marker(pytest.mark.skip(reason="the older AWS model has no such member"))


def exports_in(path):
    with open(path) as file:
        return dict(json.loads(line) for line in file)


@pytest.fixture(scope="session")
def leave(request):
    """Exports the store after a test, and writes it or compares it with an earlier run."""
    options = request.config.option
    if options.same_as:
        known = exports_in(options.same_as)

        def compare(test, left):
            assert left == known.get(test, left), "the stores differ from those of an earlier run with the same seed"

        yield compare
    elif options.exports:
        with open(options.exports, "a", buffering=1) as file:
            yield lambda test, left: file.write(json.dumps([test, left]) + "\n")
    else:
        yield None


@pytest.fixture(scope="session")
def binary():
    """The built binary: IDOUBLE_BIN, or the debug one, built now."""
    if named := os.environ.get("IDOUBLE_BIN"):
        return named
    subprocess.run(["cargo", "build", "--quiet", "--bin", "idouble"], cwd=ROOT, check=True)
    metadata = ["cargo", "metadata", "--format-version", "1", "--no-deps"]
    output = subprocess.run(metadata, cwd=ROOT, check=True, capture_output=True).stdout
    return str(pathlib.Path(json.loads(output)["target_directory"], "debug", "idouble"))


@pytest.fixture(scope="session", autouse=True)
def environment(tmp_path_factory):
    """An environment without credentials, profiles and proxies of this machine, and with a temporary home folder,
    because Huawei's SDK writes to it."""
    patch = pytest.MonkeyPatch()
    for name in list(os.environ):
        if name.startswith(("AWS_", "HUAWEICLOUD_", "IDOUBLE_")) and name != "IDOUBLE_BIN":
            patch.delenv(name)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        patch.delenv(name, raising=False)
        patch.delenv(name.upper(), raising=False)
    # cargo and rustup find their files in the home folder, so their variables are set before it changes.
    home = pathlib.Path.home()
    patch.setenv("CARGO_HOME", os.environ.get("CARGO_HOME", str(home / ".cargo")))
    patch.setenv("RUSTUP_HOME", os.environ.get("RUSTUP_HOME", str(home / ".rustup")))
    patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
    patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    yield
    patch.undo()


@pytest.fixture(scope="session")
def strict_arguments(request, tmp_path_factory):
    """With --strict-auth, the arguments of a server that checks signatures, given those of a test."""
    keys = tmp_path_factory.mktemp("keys") / "keys.toml"
    keys.write_text(
        "".join(f'[[access_key]]\nid = "{id}"\nsecret = "{secret}"\n' for id, secret in KEYS)
    )

    def arguments(arguments):
        if not request.config.getoption("--strict-auth") or "--auth" in arguments:
            return []
        fixtures = [] if "--fixture" in arguments else [ROOT / "fixtures/default.toml"]
        return ["--auth", "strict", *(f"--fixture={path}" for path in [*fixtures, keys])]

    return arguments


@pytest.fixture
def spawn(binary, tmp_path, strict_arguments):
    """Starts servers: `spawn("--seed", "7", fault="aws:*=throttle", config="[quota]\\nusers = 1")`."""
    started = []

    def start(*arguments, fault=(), config=None, fixture=None, env=None):
        arguments = list(arguments)
        for rule in [fault] if isinstance(fault, str) else fault:
            arguments += ["--fault", rule]
        count = len(started)
        if config is not None:
            path = tmp_path / f"idouble-{count}.toml"
            path.write_text(config)
            arguments += ["--config", str(path)]
        if fixture is not None:
            path = tmp_path / f"fixture-{count}.json"
            path.write_text(json.dumps(fixture))
            arguments += ["--fixture", str(path)]
        arguments += strict_arguments(arguments)
        server = Server(binary, arguments, tmp_path / f"log-{count}", env)
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def running(binary, tmp_path_factory, strict_arguments):
    # Clients sign with the time of the machine, so that a frozen clock would reject them.
    arguments = strict_arguments([]) or ["--clock", FROZEN]
    server = Server(binary, arguments, tmp_path_factory.mktemp("server") / "log")
    yield server
    server.stop()


@pytest.fixture
def server(running, request, leave):
    running.reset()
    reset_counters()
    once = request.node.get_closest_marker("unrepeatable")
    if once:
        now = datetime.datetime.now(datetime.timezone.utc).isoformat()
        running.control("PUT", "/clock", {"set": now, "freeze": False})
    yield running
    if leave and not once:
        _, _, left = running.http("GET", "/_idouble/stores?format=json")
        leave(request.node.nodeid, left.decode())


@pytest.fixture
def variables(server, binary):
    """The variables that `idouble env` prints."""
    command = [binary, "env", "--port", str(server.port)]
    reported = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    lines = [shlex.split(line) for line in reported.splitlines()]
    assert all(line[0] == "export" for line in lines)
    return dict(line[1].split("=", 1) for line in lines)


class Clients(dict):
    """Clients of the session's server, each created once, because creating a boto3 client is slow."""

    def __missing__(self, key):
        make, server, options = key
        self[key] = made = make(server, **dict(options))
        return made

    def of(self, make, server, **options):
        return self[make, server, tuple(options.items())]


@pytest.fixture(scope="session")
def clients():
    return Clients()


@pytest.fixture
def aws(server, clients):
    """A boto3 client that does not retry."""
    return clients.of(aws_sdk.client, server)


@pytest.fixture
def raw(server, clients):
    """The same, leaving it to the server to check parameters."""
    return clients.of(aws_sdk.client, server, check=False)


@pytest.fixture
def huawei(server, clients):
    """A client of Huawei's SDK that does not retry."""
    import huawei as huawei_sdk

    return clients.of(huawei_sdk.client, server)
