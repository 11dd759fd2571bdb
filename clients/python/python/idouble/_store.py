"""A store of its own for one test."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union

from . import _clients
from ._control import Control, ControlError, Json
from ._fault import Fault, rule_of
from ._journal import Journal

if TYPE_CHECKING:
    from types import TracebackType

Fixture = Union[str, "os.PathLike[str]", Json]


class Store:
    """A store and a session (access key id), which isolate one test from all others."""

    def __init__(
        self,
        url: str,
        *,
        copy: str | None = None,
        fixture: Fixture | None = None,
        faults: list[Json] | Json | None = None,
    ) -> None:
        """Create the store: empty, as a copy of another, or from a fixture file or object."""
        self._control = Control(url)
        self._clients: dict[str, Any] = {}
        body: Json = {}
        if copy is not None:
            body["copy"] = copy
        if isinstance(fixture, dict):
            body["fixture"] = fixture
        elif fixture is not None:
            body["fixture"] = Path(fixture).read_text(encoding="utf-8")
            body["fixture_name"] = os.fspath(fixture)
        if faults is not None:
            body["faults"] = faults
        created = self._control.call("POST", "/sessions", body)
        #: The URL of the server.
        self.url = self._control.url
        #: The id of the store.
        self.id: str = created["store"]
        #: The access key id with which clients of this store sign.
        self.access_key: str = created["access_key"]
        #: The secret of the access key, which only ``auth="strict"`` checks.
        self.secret_key: str = created["secret_key"]
        self._session: str = created["id"]
        #: The requests that were signed with the access key id.
        self.journal = Journal(self._control, self._session)

    def aws(self, service: str = "identitystore", **options: Any) -> Any:
        """Return a boto3 client. ``options`` are arguments of ``boto3.client``."""
        if options:
            return _clients.aws_client(service, self.url, self.access_key, options)
        if service not in self._clients:
            client = _clients.aws_client(service, self.url, self.access_key, {})
            self._clients[service] = client
        return self._clients[service]

    def huawei(self) -> Any:
        """Return a client of Huawei Cloud's SDK."""
        if "huawei" not in self._clients:
            self._clients["huawei"] = _clients.huawei_client(self.url, self.access_key)
        return self._clients["huawei"]

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
        """Add a fault rule about the requests of this test only. See the documentation of faults.

        ``life`` is the rule's ``for``, such as ``"3x"`` or ``"2m"``. At the end of a ``with`` block
        the rule is removed, and an unmet ``expect`` raises an ``AssertionError``.
        """
        session = self._session
        rule = rule_of(on, do, when=when, life=life, expect=expect, id=id, session=session)
        return Fault(self._control, rule)

    def export(self) -> Json:
        """Return the content of the store as a fixture."""
        return self._control.call("GET", f"/stores/{self._control.segment(self.id)}")

    def close(self) -> None:
        """Delete the store and its rules. A store that is gone already is no error."""
        for client in self._clients.values():
            close = getattr(client, "close", None)
            if close is not None:
                close()
        self._clients.clear()
        try:
            self._control.call("DELETE", f"/sessions/{self._control.segment(self._session)}")
        except ControlError as error:
            if error.status != 404:
                raise

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Store {self.id} at {self.url}>"
