"""The HTTP requests that set a platform up for a test."""

from collections.abc import Mapping
from typing import Any, Final, Self

import httpx

from grantstream.testing.eventually import eventually

_SECONDS: Final = 30.0
_REACHED_WITHIN: Final = 60.0


class PlatformCalls:
    """Requests to the one base URL. An async context manager."""

    def __init__(self, base_url: str) -> None:
        self._http = httpx.AsyncClient(base_url=base_url, timeout=_SECONDS)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def sign_in(self, client: Mapping[str, str], login: str, password: str, scope: str) -> str:
        """An administrator's token. Raises AssertionError if it is refused."""
        form = {"grant_type": "password", "username": login, "password": password, "scope": scope, **client}
        answer = await self._http.post("/oauth2/v0/token", data=form)
        return str(_body(answer)["access_token"])

    async def expect(self, method: str, path: str, token: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The answer's body, once the change is in force everywhere. Raises AssertionError for a refusal."""
        headers = {"Authorization": f"Bearer {token}"}
        answer = await self._http.request(method, path, json=body, headers=headers)
        answered = _body(answer)
        if answer.status_code == httpx.codes.ACCEPTED:
            await eventually(lambda: self._is_reached(answer.headers["Location"], headers), within=_REACHED_WITHIN)
        return answered

    async def _is_reached(self, where: str, headers: Mapping[str, str]) -> bool:
        answer = await self._http.get(where, headers=headers)
        return bool(_body(answer)["reached"])


def _body(answer: httpx.Response) -> dict[str, Any]:
    """The body of a successful answer. The text of a refusal is the platform's, and holds no secret."""
    if not answer.is_success:
        request = f"{answer.request.method} {answer.request.url.path}"
        raise AssertionError(f"{request} answered {answer.status_code}: {answer.text[:300]}")
    body: dict[str, Any] = answer.json() if answer.content else {}
    return body
