"""The requests that a server recorded."""

from __future__ import annotations

from typing import Any

from ._control import Control, Json

_PAGE_MAX = 1_000


class Journal:
    """The recorded requests of one session, or of a whole server.

    Fields are those of the control API: ``operation``, ``dialect``, ``store``, ``user``, ``group``,
    ``status``, ``error``, ``fault``, ``attempt``, ``request``, ``response`` and others.
    """

    def __init__(self, control: Control, session: str | None = None) -> None:
        """Limit the journal to the requests of a session; ``None`` means all requests."""
        self._control = control
        self._session = {} if session is None else {"session": session}

    def entries(self, operation: str | None = None, **fields: Any) -> list[Json]:
        """Return the last requests that match, at most 1,000, oldest first."""
        query = {"limit": str(_PAGE_MAX), **self._query(operation, fields)}
        page = self._control.call("GET", "/journal", query=query)
        entries: list[Json] = page["entries"]
        return entries[::-1]

    def count(self, operation: str | None = None, **fields: Any) -> int:
        """Return the number of requests that match."""
        query = self._query(operation, fields)
        return int(self._control.call("GET", "/journal/count", query=query)["count"])

    def assert_called(
        self,
        operation: str,
        count: int | str = ">=1",
        *,
        within: str | None = None,
        **fields: Any,
    ) -> None:
        """Check the number of requests: ``3``, ``">=1"``, ``"<=3"`` or ``"2..4"``.

        ``within``, such as ``"2s"``, waits for requests that other threads or processes send.

        Raises:
            AssertionError: with the request that came nearest, and what differs.

        """
        body: Json = {"match": self._query(operation, fields), "count": count}
        if within is not None:
            body["within"] = within
        reply = self._control.call("POST", "/journal/expect", body, accept=(409,))
        if not reply["met"]:
            raise AssertionError(reply["report"])

    def assert_not_called(self, operation: str, **fields: Any) -> None:
        """Check that no such request came.

        Raises:
            AssertionError: with the requests that came.

        """
        self.assert_called(operation, 0, **fields)

    def _query(self, operation: str | None, fields: dict[str, Any]) -> dict[str, str]:
        named = {} if operation is None else {"operation": operation}
        dialect, separator, name = (operation or "").partition(":")
        # `aws:UpdateUser` is an operation of one cloud.
        if separator and dialect in ("aws", "huawei", "*"):
            named = (
                {"operation": name} if dialect == "*" else {"dialect": dialect, "operation": name}
            )
        values = {name: "" if value is None else str(value) for name, value in fields.items()}
        return {**self._session, **named, **values}


def format_entry(entry: Json) -> str:
    """Return a journal entry in one line."""
    status = entry.get("status")
    parts = [
        entry["time"],
        f"{entry['dialect']}:{entry.get('operation') or '?'}",
        "no response" if status is None else str(status),
    ]
    for name in ("error", "fault", "attempt", "store", "user", "group"):
        if entry.get(name) is not None:
            parts.append(f"{name}={entry[name]}")
    return " ".join(parts)
