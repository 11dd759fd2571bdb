"""A fault rule in force."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ._control import Control, ControlError, Json

if TYPE_CHECKING:
    from types import TracebackType


class Fault:
    """A fault rule in force. It is removed at the end of its ``with`` block."""

    def __init__(self, control: Control, rule: Json) -> None:
        """Add the rule, in the form of ``POST /_idouble/faults``."""
        self._control = control
        self._last: Json | None = None
        self.id: str = control.call("POST", "/faults", rule)["ids"][0]

    @property
    def fired(self) -> int:
        """The number of requests that it hit."""
        return int(self._view()["fired"])

    @property
    def matched(self) -> int:
        """The number of requests that matched, whether it hit them or not."""
        return int(self._view()["matched"])

    @property
    def is_met(self) -> bool:
        """Whether it hit as often as expected, or matched if it has no expectation."""
        return bool(self._view()["met"])

    def remove(self) -> None:
        """Remove the rule. Its counts stay readable."""
        if self._last is None:
            self._last = self._view()
            with suppress(ControlError):
                self._control.call("DELETE", self._path())

    def _path(self) -> str:
        return f"/faults/{self._control.segment(self.id)}"

    def _view(self) -> Json:
        return self._last or self._control.call("GET", self._path())

    def __enter__(self) -> Fault:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.remove()
        view = self._view()
        # An error of the block says more than a count that it has prevented.
        if error is None and view.get("expect") is not None and not view["met"]:
            raise AssertionError(
                f"fault {self.id!r} on {view['on']} hit {times(view['fired'])}, "
                f"expected {view['expect']}; {times(view['matched'])} a request matched"
            )

    def __repr__(self) -> str:
        return f"<Fault {self.id}>"


def times(count: int) -> str:
    """Return the count with its unit."""
    return f"{count} time" if count == 1 else f"{count} times"


def rule_of(
    on: str | list[str] | Json,
    do: str | Json,
    *,
    when: str | Json | None,
    life: str | Json | None,
    expect: int | str | None,
    id: str | None,  # noqa: A002
    session: str | None,
) -> Json:
    """Return a rule in the form of the control API, about the requests of a session only."""
    selector: Json = dict(on) if isinstance(on, dict) else {"op": on}
    if session is not None:
        selector.setdefault("session", session)
    parts: dict[str, Any] = {"id": id, "when": when, "for": life, "expect": expect}
    return {
        "on": selector,
        "do": do,
        **{name: part for name, part in parts.items() if part is not None},
    }
