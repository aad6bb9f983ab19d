"""The access token of a producer, from the token service by client credentials, renewed before anybody needs it.

Nothing waits for the token service as long as the token at hand is good: it is renewed in the background at half of its
life. While the token service is down there is the other half; after that `current` waits.
"""

import asyncio
import logging
import re
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import httpx

from grantstream.contracts.claims import EVENTS_AUDIENCE
from grantstream.contracts.grants import GrantType
from grantstream.events.errors import TokenUnavailable
from grantstream.events.producing.client_assertion import ClientAssertion
from grantstream.events.producing.client_secret import ClientSecret
from grantstream.fence.retry_pause import RetryPause
from grantstream.proof import Credential, ProofKey, dpop_proof

logger = logging.getLogger(__name__)

_TOKEN_PATH: Final = "/oauth2/v0/token"  # noqa: S105 - a path
_REQUEST_SECONDS: Final = 5.0
_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 5.0
_ERROR_CODE: Final = re.compile("[a-z_]{1,40}")
_LEAST_REST: Final = 5.0
"""A token with less than this left, in seconds, is used for nothing new: it could end on the way."""


@dataclass(frozen=True, slots=True)
class _Held:
    credential: Credential
    renew_at: float
    end_at: float


class ClientCredentialsToken:
    """A CredentialSource for the client `client_id`, which proves who it is by `key`.

    `key` is the file with its P-256 key (PEM), as for the platform's own services, or the ClientSecret that it was
    given. `token_url` is where the token service is reached. `audience` is what the token service calls itself: its
    issuer or, by default, its endpoint as reached from here. An async context manager: inside it the token is renewed.
    Each source has a proof key of its own, which is nowhere but in memory.
    `clock` counts seconds since any point. No token is ever logged.
    """

    def __init__(
        self,
        token_url: str,
        client_id: str,
        key: Path | ClientSecret,
        *,
        scopes: Sequence[str],
        resource: str = EVENTS_AUDIENCE,
        audience: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._endpoint = token_url.rstrip("/") + _TOKEN_PATH
        self._client_id = client_id
        self._scope = " ".join(scopes)
        self._resource = resource
        self._authentication = (
            key if isinstance(key, ClientSecret) else ClientAssertion(client_id, key, audience or self._endpoint)
        )
        self._proof_key = ProofKey.generate()
        self._http = httpx.AsyncClient(timeout=_REQUEST_SECONDS, transport=transport)
        self._clock = clock
        self._held: _Held | None = None
        self._hindrance: str | None = None
        self._has_token = asyncio.Event()
        self._needs_another = asyncio.Event()
        self._is_taken_back: Callable[[str], bool] = _never
        self._renewing: asyncio.Task[None] | None = None

    def ask_anew_if(self, is_taken_back: Callable[[str], bool]) -> None:
        """From now on a token is held on to only as long as this says no to it: a stolen key voids what it signed."""
        self._is_taken_back = is_taken_back

    async def start(self) -> None:
        """Begins to fetch and renew, in the background."""
        self._renewing = asyncio.create_task(self._renew_for_ever(), name="producer-token")

    async def stop(self) -> None:
        """Ends that."""
        if self._renewing is not None:
            self._renewing.cancel()
            with suppress(asyncio.CancelledError):
                await self._renewing
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def current(self) -> Credential:
        """A token that is good for a while, and the key that it is bound to. Waits while there is none to be had."""
        while True:
            held = self._held
            if held is not None and self._clock() < held.end_at:
                if not self._is_taken_back(held.credential.token):
                    return held.credential
                self._held = None
                self._needs_another.set()
            self._has_token.clear()
            await self._has_token.wait()

    @property
    def hindrance(self) -> str | None:
        """Why the last try gave no token, for a person to read; None if it gave one."""
        return self._hindrance

    async def _renew_for_ever(self) -> None:
        pause = RetryPause(_FIRST_PAUSE, _LONGEST_PAUSE)
        while True:
            try:
                self._held = await self._fetch()
            except TokenUnavailable as error:
                self._hindrance = str(error)
                logger.warning("no producer's token: %s", error)
                await asyncio.sleep(pause.next())
            except Exception as error:
                # Without this task no token would ever be renewed. Only the kind: texts may quote what was sent.
                self._hindrance = type(error).__name__
                logger.error("no producer's token, for a reason of our own: %s", self._hindrance)
                await asyncio.sleep(pause.next())
            else:
                self._hindrance = None
                pause.reset()
                renew_at = self._held.renew_at
                self._has_token.set()
                await self._rest(renew_at)

    async def _rest(self, until: float) -> None:
        """Until then, or until the token at hand turns out to be no good; never so short as to press the service."""
        await asyncio.sleep(_FIRST_PAUSE)
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, until - self._clock())):
                await self._needs_another.wait()
        self._needs_another.clear()

    async def _fetch(self) -> _Held:
        """Asks once. Raises TokenUnavailable, whose text holds nothing of the answer but status and error code."""
        asked_at = self._clock()
        form = {
            "grant_type": GrantType.CLIENT_CREDENTIALS.value,
            "client_id": self._client_id,
            "scope": self._scope,
            "resource": self._resource,
            **self._authentication.form(),
        }
        try:
            answer = await self._http.post(self._endpoint, data=form, headers={"DPoP": self._dpop_proof()})
        except httpx.HTTPError as error:
            raise TokenUnavailable(type(error).__name__) from None
        if answer.status_code != httpx.codes.OK:
            raise TokenUnavailable(f"the token endpoint answered {answer.status_code}{_error_code(answer)}")
        return _held(answer, asked_at, self._proof_key)

    def _dpop_proof(self) -> str:
        return dpop_proof(self._proof_key, "POST", self._endpoint, time.time())


def _never(_: str) -> bool:
    return False


def _error_code(answer: httpx.Response) -> str:
    """The `error` of RFC 6749, section 5.2, if there is one. Nothing else: a description may quote the request."""
    try:
        body: Any = answer.json()
    except ValueError:
        return ""
    code = body.get("error") if isinstance(body, dict) else None
    return f" ({code})" if isinstance(code, str) and _ERROR_CODE.fullmatch(code) else ""


def _held(answer: httpx.Response, asked_at: float, key: ProofKey) -> _Held:
    """Lifetimes count from when the token was asked for, which is before it was minted."""
    try:
        body: Any = answer.json()
        token, lifetime = str(body["access_token"]), float(body["expires_in"])
    except (ValueError, KeyError, TypeError):
        raise TokenUnavailable("the token endpoint's answer holds no token with a lifetime") from None
    end_at = asked_at + lifetime - min(_LEAST_REST, lifetime / 4)
    return _Held(Credential(token, key), renew_at=asked_at + lifetime / 2, end_at=end_at)
