"""Calls of the control API."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

Json = dict[str, Any]

# Longer than the longest wait of an expectation, which is one minute.
TIMEOUT_S = 90

# No proxy of this machine lies between a test and its server.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class ControlError(Exception):
    """The server rejected a call of the control API."""

    def __init__(self, status: int, body: Json) -> None:
        """Take the status and the body of the response."""
        self.status = status
        self.details: list[str] = body.get("details", [])
        error = str(body.get("error", f"status {status}"))
        # A long error contains its details: it shows the lines of a file.
        extra = [detail for detail in self.details if detail != error and "\n" not in error]
        super().__init__("\n".join([error, *extra]))


class Control:
    """The control API of one server."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        # As `idouble` itself takes it.
        self._token = os.environ.get("IDOUBLE_CONTROL_TOKEN")

    def call(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        *,
        query: dict[str, str] | None = None,
        accept: tuple[int, ...] = (),
    ) -> Json:
        """Return the body of a successful response, or of one with a status in ``accept``.

        Raises:
            ControlError: the server rejected the call.
            ConnectionError: there is no idouble at the URL.

        """
        url = f"{self.url}/_idouble{path}"
        if query:
            url += "?" + urllib.parse.urlencode(query)
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} if method != "GET" else {}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        request = urllib.request.Request(url, data, headers, method=method)
        try:
            with _opener.open(request, timeout=TIMEOUT_S) as response:
                return self._parse(response)
        except urllib.error.HTTPError as error:
            with error:
                reply = self._parse(error)
            if error.code in accept:
                return reply
            raise ControlError(error.code, reply) from None
        except urllib.error.URLError as error:
            raise ConnectionError(f"no idouble at {self.url}: {error.reason}") from None

    def _parse(self, response: Any) -> Json:
        if response.headers.get("x-idouble-version") is None:
            raise ConnectionError(f"the server at {self.url} is not idouble")
        reply: Json = json.loads(response.read() or b"{}")
        return reply

    @staticmethod
    def segment(text: str) -> str:
        """Encode one segment of a path."""
        return urllib.parse.quote(text, safe="")
