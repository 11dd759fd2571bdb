"""The pytest plugin: one server a session, and a store of its own for each test."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from . import _clients
from ._control import ControlError
from ._journal import format_entry
from ._server import Server, StartError, connect, start
from ._store import Store

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

MARKER = (
    "idouble(copy=ID, fixture=FILE, faults=RULES): how the store of the test begins; else empty"
)
_ARGUMENTS = {"copy", "fixture", "faults"}
_ENTRIES_SHOWN_MAX = 50
_REMOVED_VARIABLES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN")

_store_key = pytest.StashKey[Store]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--idouble-url``."""
    group = parser.getgroup("idouble")
    group.addoption(
        "--idouble-url",
        metavar="URL",
        help="use the idouble server that runs there, instead of starting one",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line("markers", MARKER)


@pytest.fixture(scope="session")
def idouble_options() -> dict[str, Any]:
    """Override this to return flags of ``idouble serve``, such as ``{"fixture": "staff.toml"}``."""
    return {}


@pytest.fixture(scope="session")
def idouble_server(
    request: pytest.FixtureRequest, idouble_options: dict[str, Any]
) -> Iterator[Server]:
    """Start the server of this session; with xdist each worker has its own.

    Files in the options are relative to pytest's root directory.
    """
    url = request.config.getoption("--idouble-url")
    try:
        root = request.config.rootpath
        server = connect(url) if url else start(cwd=root, **idouble_options)
    except (StartError, ConnectionError, FileNotFoundError) as error:
        pytest.fail(str(error), pytrace=False)
    with server:
        yield server


@pytest.fixture
def idouble(request: pytest.FixtureRequest, idouble_server: Server) -> Iterator[Store]:
    """Create a store for one test: empty, or as the marker ``idouble`` says."""
    marker = request.node.get_closest_marker("idouble")
    arguments = _arguments(marker, request.config.rootpath) if marker else {}
    try:
        store = idouble_server.store(**arguments)
    except (ControlError, OSError) as error:
        pytest.fail(str(error), pytrace=False)
    request.node.stash[_store_key] = store
    with store:
        yield store


def _arguments(marker: pytest.Mark, root: Path) -> dict[str, Any]:
    """Return the arguments of the marker. A fixture file is relative to the root directory."""
    unknown = set(marker.kwargs) - _ARGUMENTS
    if unknown or marker.args:
        pytest.fail(f"invalid marker {marker!r}; expected @pytest.mark.{MARKER}", pytrace=False)
    arguments = dict(marker.kwargs)
    fixture = arguments.get("fixture")
    if isinstance(fixture, (str, os.PathLike)):
        path = root / fixture
        # Errors then name the file as the test does.
        is_below = path.is_relative_to(Path.cwd())
        arguments["fixture"] = path.relative_to(Path.cwd()) if is_below else path
    return arguments


@pytest.fixture(scope="session")
def _idouble_variables(idouble_server: Server) -> dict[str, str]:
    return idouble_server.environment()


@pytest.fixture
def idouble_env(
    idouble: Store, _idouble_variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """Set the variables that make the SDKs of code under test use the server, as this test."""
    variables = {
        **_idouble_variables,
        "AWS_ACCESS_KEY_ID": idouble.access_key,
        "AWS_SECRET_ACCESS_KEY": _clients.SECRET,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "HUAWEICLOUD_SDK_AK": idouble.access_key,
        "HUAWEICLOUD_SDK_SK": _clients.SECRET,
    }
    for name in _REMOVED_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    try:
        import boto3
    except ImportError:
        return variables
    # `boto3.client` uses one session, which keeps the credentials of the first test.
    session = _clients.aws_session(is_isolated=False)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
    return variables


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the requests of a failed test to its report."""
    report = yield
    store = item.stash.get(_store_key, None)
    if report.failed and report.when == "call" and store is not None:
        report.sections.append(("idouble journal", _requests(store)))
    return report


def _requests(store: Store) -> str:
    try:
        entries = store.journal.entries()
    except (ControlError, OSError) as error:
        return f"not available: {error}"
    if not entries:
        return f"no requests were signed with {store.access_key}"
    lines = [format_entry(entry) for entry in entries[-_ENTRIES_SHOWN_MAX:]]
    hidden = len(entries) - len(lines)
    return "\n".join([f"{hidden} earlier requests", *lines] if hidden else lines)
