"""Fixtures: a spawned idouble, and clients of both clouds that point at it.

`server` is one process for the whole session, reset before each test. `spawn` starts one of its own,
for tests that need flags, a config or faults of their own. Whatever is started here is ended here.
"""

import json
import os
import pathlib
import subprocess

import pytest

import aws as aws_sdk
from server import Server

ROOT = pathlib.Path(__file__).resolve().parents[2]


def pytest_collection_modifyitems(items):
    for item in items:
        if not aws_sdk.NEWER and item.get_closest_marker("newer"):
            item.add_marker(pytest.mark.skip(reason="the older AWS model has no such member"))


@pytest.fixture(scope="session")
def binary():
    """The built binary: IDOUBLE_BIN, or the debug one, built now."""
    if named := os.environ.get("IDOUBLE_BIN"):
        return named
    subprocess.run(["cargo", "build", "--quiet", "--bin", "idouble"], cwd=ROOT, check=True)
    metadata = ["cargo", "metadata", "--format-version", "1", "--no-deps"]
    told = subprocess.run(metadata, cwd=ROOT, check=True, capture_output=True).stdout
    return str(pathlib.Path(json.loads(told)["target_directory"], "debug", "idouble"))


@pytest.fixture(scope="session", autouse=True)
def environment(tmp_path_factory):
    """Nothing of this machine's: no credentials, no profiles, no proxies, a home of our own (Huawei's
    SDK writes to it)."""
    patch = pytest.MonkeyPatch()
    for name in list(os.environ):
        if name.startswith(("AWS_", "HUAWEICLOUD_", "IDOUBLE_")) and name != "IDOUBLE_BIN":
            patch.delenv(name)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        patch.delenv(name, raising=False)
        patch.delenv(name.upper(), raising=False)
    # cargo and rustup look into the real home; it has to be told where they are before that moves.
    home = pathlib.Path.home()
    patch.setenv("CARGO_HOME", os.environ.get("CARGO_HOME", str(home / ".cargo")))
    patch.setenv("RUSTUP_HOME", os.environ.get("RUSTUP_HOME", str(home / ".rustup")))
    patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
    patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    yield
    patch.undo()


@pytest.fixture
def spawn(binary, tmp_path):
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
        server = Server(binary, arguments, tmp_path / f"log-{count}", env)
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def running(binary, tmp_path_factory):
    server = Server(binary, [], tmp_path_factory.mktemp("server") / "log")
    yield server
    server.stop()


@pytest.fixture
def server(running):
    running.reset()
    return running


class Clients(dict):
    """Clients of the session's server, made once: a boto3 client takes a while to make."""

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
