"""A kept-alive HTTP connection, and the answers that come over it.

Sending and receiving are two steps, so that one thread can have many processes work on the same question at once.
"""

import http.client
import json
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.e2e.calls import FORM, Call
from tests.e2e.secrets_seen import SecretsSeen


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `call` is what was asked."""

    call: Call
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)

    @property
    def code(self) -> int | None:
        """The numeric code of an OAuth error, if there is one."""
        content = self.json() if self.body.startswith(b"{") else {}
        code = content.get("code")
        return code if isinstance(code, int) else None

    def expect(self, *statuses: int) -> Any:
        """The parsed body of an answer with one of these statuses; fails the test otherwise."""
        path = self.call.path.partition("?")[0]
        assert self.status in statuses, f"{self.call.method} {path}: {self.status}, not {statuses}: {self.body[:400]!r}"
        return self.json() if self.body else None


_IDLE_SECONDS = 30.0


class Connection:
    """One connection to one base URL; opened by the first request, and again if the server closed it.

    A `pinned` one is never opened again, since another process might answer on the new one.
    """

    def __init__(self, base: str, seen: SecretsSeen, *, pinned: bool = False, timeout: float = 30.0) -> None:
        parts = urlsplit(base)
        self._http = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
        if pinned:
            self._http.connect()
            self._http.auto_open = 0
        self._pinned = pinned
        self._used_at = time.monotonic()
        self._seen = seen
        self._asked: Call | None = None

    def send(self, call: Call) -> None:
        """Sends a request, without waiting for what comes back."""
        self._learn_from(call)
        self._open_anew_if_idle()
        self._http.request(call.method, call.path, call.body or None, dict(call.headers))
        self._asked = call

    def _open_anew_if_idle(self) -> None:
        """A proxy closes a connection that nobody uses, and tells only whoever uses it next."""
        if not self._pinned and time.monotonic() - self._used_at > _IDLE_SECONDS:
            self._http.close()
        self._used_at = time.monotonic()

    def receive(self) -> Answer:
        """The answer to what was sent last."""
        assert self._asked is not None, "nothing was asked"
        response = self._http.getresponse()
        body = response.read()
        if response.headers.get_content_type() == "application/json" and body:
            self._seen.learn(json.loads(body))
        return Answer(self._asked, response.status, response.headers, body)

    def ask(self, call: Call) -> Answer:
        """Sends a request and waits for its answer."""
        self.send(call)
        return self.receive()

    def send_head(self, call: Call) -> None:
        """Sends a request but for its body, and returns once the server asks for that (RFC 9110, section 10.1.1)."""
        self._learn_from(call)
        self._http.putrequest(call.method, call.path)
        told = {"Content-Length": str(len(call.body)), "Expect": "100-continue"}
        for name, value in {**call.headers, **told}.items():
            self._http.putheader(name, value)
        self._http.endheaders()
        asked = self._http.sock.recv(1024)
        assert asked.startswith(b"HTTP/1.1 100 "), "the body was not asked for"
        self._asked = call

    def send_body(self) -> None:
        """Sends the body of the request whose head was sent."""
        assert self._asked is not None, "no head was sent"
        self._http.send(self._asked.body)

    def ask_oddly(
        self, method: str, path: str, headers: Sequence[tuple[str, str]], body: bytes = b"", *, chunked: bool = False
    ) -> Answer:
        """Sends what no well-behaved client would: names given twice, lengths not told, more than is read."""
        self._http.putrequest(method, path, skip_accept_encoding=True)
        length = [("Transfer-Encoding", "chunked")] if chunked else [("Content-Length", str(len(body)))]
        for name, value in [*headers, *length]:
            self._http.putheader(name, value)
        # A server may answer, and stop listening, before everything is sent.
        with suppress(BrokenPipeError, ConnectionResetError):
            self._http.endheaders(body, encode_chunked=chunked)
        self._asked = Call(method, path, dict(headers), body)
        return self.receive()

    def fileno(self) -> int:
        """The socket, for whoever waits for several; -1 if the connection is closed."""
        return -1 if self._http.sock is None else self._http.sock.fileno()

    def close(self) -> None:
        """Closes it; the next request opens a new one."""
        self._http.close()

    def _learn_from(self, call: Call) -> None:
        kind = call.headers.get("Content-Type", "")
        if kind == FORM:
            self._seen.learn(dict(parse_qsl(call.body.decode("latin-1"))))
