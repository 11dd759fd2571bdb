"""A server, started here or elsewhere."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from typing import IO, TYPE_CHECKING, Any

from ._binary import find_binary
from ._control import Control, Json
from ._fault import Fault, rule_of
from ._journal import Journal
from ._store import Fixture, Store

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta
    from types import TracebackType

STOP_TIMEOUT_S = 20


class StartError(Exception):
    """The server did not start. The message is what it printed."""


class Clock:
    """The clock of a server, which all its stores share."""

    def __init__(self, control: Control) -> None:
        """Take the server."""
        self._control = control

    @property
    def now(self) -> str:
        """The time, such as ``2030-01-01T00:00:00Z``."""
        return str(self._control.call("GET", "/clock")["now"])

    def advance(self, by: str | timedelta) -> None:
        """Advance the clock, by ``"5m"`` or a ``timedelta``."""
        text = by if isinstance(by, str) else f"{round(by.total_seconds() * 1000)}ms"
        self._put({"advance": text})

    def set(self, to: str | datetime) -> None:
        """Set the clock, to ``"2030-01-01T00:00:00Z"`` or a ``datetime`` with a time zone."""
        self._put({"set": to if isinstance(to, str) else to.isoformat()})

    def freeze(self) -> None:
        """Stop the clock."""
        self._put({"freeze": True})

    def unfreeze(self) -> None:
        """Let the clock run on."""
        self._put({"freeze": False})

    def _put(self, change: Json) -> None:
        self._control.call("PUT", "/clock", change)


class Server:
    """A running server. ``start`` and ``connect`` make one."""

    def __init__(
        self, url: str, process: subprocess.Popen[str] | None = None, log: IO[str] | None = None
    ) -> None:
        """Take the URL, and the process if it ends with this object."""
        self._control = Control(url)
        self._process = process
        self._log = log
        #: The URL of the server.
        self.url = self._control.url
        #: The clock, which all stores share.
        self.clock = Clock(self._control)
        #: The requests of all clients.
        self.journal = Journal(self._control)

    def store(
        self,
        *,
        copy: str | None = None,
        fixture: Fixture | None = None,
        faults: list[Json] | Json | None = None,
    ) -> Store:
        """Create a store: empty, as a copy of another, or from a fixture file or object."""
        return Store(self.url, copy=copy, fixture=fixture, faults=faults)

    def fault(
        self,
        on: str | list[str] | Json,
        do: str | Json,
        *,
        when: str | Json | None = None,
        life: str | Json | None = None,
        expect: int | str | None = None,
        id: str | None = None,  # noqa: A002
    ) -> Fault:
        """Add a fault rule about the requests of all clients. See ``Store.fault``."""
        rule = rule_of(on, do, when=when, life=life, expect=expect, id=id, session=None)
        return Fault(self._control, rule)

    def reset(self) -> None:
        """Restore the initial state. This ends the stores and rules of all tests."""
        self._control.call("POST", "/reset", {})

    def environment(self) -> dict[str, str]:
        """Return the variables that point every SDK and tool at the server."""
        command = [find_binary(), "env", "--url", self.url]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        lines = (line.removeprefix("export ") for line in output.splitlines())
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def close(self) -> None:
        """Stop the server if it was started here."""
        process, self._process = self._process, None
        if process is None:
            return
        # It stops when its standard input ends.
        if process.stdin:
            process.stdin.close()
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()
        if self._log:
            self._log.close()

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Server {self.url}>"


def start(
    *,
    cwd: str | os.PathLike[str] | None = None,
    env: Mapping[str, str] | None = None,
    **options: Any,
) -> Server:
    """Start a server on a free port. It ends with its ``with`` block, and with this process.

    ``options`` are flags of ``idouble serve``: ``fixture="staff.toml"``, ``seed=7``,
    ``preset=["aws-limits"]``, ``clock=True``, ``exit_with_stdin`` for ``--exit-with-stdin``.
    ``cwd`` is the folder in which it looks for files, ``env`` the environment of the process.

    Raises:
        StartError: the options, or a file that they name, are invalid.

    """
    settings = {"port": 0, "log": "warn", **options, "ready_json": True, "exit_with_stdin": True}
    command = [find_binary(), "serve", *flags(settings)]
    log = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        cwd=cwd,
        env=env,
    )
    assert process.stdout is not None
    # The process prints this line when it accepts requests, or ends.
    line = process.stdout.readline()
    if not line:
        Server("", process).close()
        log.seek(0)
        with log:
            raise StartError(log.read().strip() or f"{command[0]} exited without a message")
    return Server(json.loads(line)["url"], process, log)


def connect(url: str) -> Server:
    """Return a server that runs already. ``close`` does not stop it.

    Raises:
        ConnectionError: there is no idouble at the URL.

    """
    server = Server(url)
    server._control.call("GET", "/health")
    return server


def flags(options: Mapping[str, Any]) -> list[str]:
    """Return the flags of the command line for these options."""
    found = []
    for name, value in options.items():
        flag = "--" + name.replace("_", "-")
        values = value if isinstance(value, (list, tuple)) else [value]
        for one in values:
            if one is None:
                continue
            text = (
                str(one).lower()
                if isinstance(one, bool)
                else os.fspath(one)
                if isinstance(one, os.PathLike)
                else str(one)
            )
            found.append(flag if one is True else f"{flag}={text}")
    return found
