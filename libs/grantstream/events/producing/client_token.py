"""A producer's access token, from the token service by client credentials, renewed in the background.

The token is renewed at half of its lifetime. So while the token service is down, the token lasts for the other half;
after that `current` waits.
"""

import asyncio
import logging
import re
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import httpx
import jwt

from grantstream.contracts.claims import EVENTS_AUDIENCE
from grantstream.contracts.grants import GrantType
from grantstream.events.errors import TokenUnavailable
from grantstream.kafka.retry_pause import RetryPause
from grantstream.proof import Credential, ProofKey, dpop_proof
from grantstream.proof.credential import read_p256_key

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LIFETIME_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """A client's secret, sent in the request's body (RFC 6749, section 2.3.1). It never shows in `repr`."""

    value: str = field(repr=False)

    def form(self) -> dict[str, str]:
        """The form fields that authenticate a token request."""
        return {"client_secret": self.value}


class ClientAssertion:
    """Makes assertions (RFC 7523, section 3) for one client at one token endpoint, each for one use within a minute.

    `key_file` holds a P-256 private key as PEM. Raises ValueError if it does not, and OSError if it can't be read.
    """

    def __init__(self, client_id: str, key_file: Path, audience: str, *, now: Callable[[], float] = time.time) -> None:
        self._client_id = client_id
        self._key = read_p256_key(key_file)
        self._audience = audience
        self._now = now

    def form(self) -> dict[str, str]:
        """The form fields that authenticate a token request (section 2.2)."""
        return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": self.new()}

    def new(self) -> str:
        """A new assertion."""
        issued_at = int(self._now())
        claims = {
            "iss": self._client_id,
            "sub": self._client_id,
            "aud": self._audience,
            "jti": str(uuid.uuid4()),
            "iat": issued_at,
            "exp": issued_at + _LIFETIME_SECONDS,
        }
        return jwt.encode(claims, self._key, algorithm="ES256")


logger = logging.getLogger(__name__)

_TOKEN_PATH: Final = "/oauth2/v0/token"  # noqa: S105 - a path
_REQUEST_SECONDS: Final = 5.0
_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 5.0
_ERROR_CODE: Final = re.compile("[a-z_]{1,40}")
_LEAST_REST: Final = 5.0
"""A token with fewer seconds left than this is not used any more: it could expire on the way."""


@dataclass(frozen=True, slots=True)
class _Held:
    credential: Credential
    renew_at: float
    end_at: float


class ClientCredentialsToken:
    """A CredentialSource for the client `client_id`, which authenticates with `key`.

    `key`: the file of its P-256 key (PEM), as for the platform's own services, or its ClientSecret. `token_url`: the
    token service's address. `audience` of assertions: the issuer or, by default, the endpoint's address. An async
    context manager: inside it the token is renewed. Each source has its own proof key, kept only in memory.
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
        self._is_void: Callable[[str], bool] = _never
        self._renewing: asyncio.Task[None] | None = None

    def renew_if(self, is_void: Callable[[str], bool]) -> None:
        """Renews a token early if `is_void` returns True for it: after a key was stolen, its tokens are void."""
        self._is_void = is_void

    async def start(self) -> None:
        """Starts to fetch and renew the token in the background."""
        self._renewing = asyncio.create_task(self._renew_for_ever(), name="producer-token")

    async def stop(self) -> None:
        """Stops renewing."""
        if self._renewing is not None:
            self._renewing.cancel()
            with suppress(asyncio.CancelledError):
                await self._renewing
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def current(self) -> Credential:
        """A token that is valid for a while, and the key that it is bound to. Waits until there is one."""
        while True:
            held = self._held
            if held is not None and self._clock() < held.end_at:
                if not self._is_void(held.credential.token):
                    return held.credential
                self._held = None
                self._needs_another.set()
            self._has_token.clear()
            await self._has_token.wait()

    @property
    def hindrance(self) -> str | None:
        """Why the last request got no token, as a text for people; None if it got one."""
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
                # This task must not end. Only the error's name is logged: texts may quote the request.
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
        """Waits until then, or until the token turns out to be void; always long enough to spare the service."""
        await asyncio.sleep(_FIRST_PAUSE)
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, until - self._clock())):
                await self._needs_another.wait()
        self._needs_another.clear()

    async def _fetch(self) -> _Held:
        """Requests a token. Raises TokenUnavailable; its text holds only status and error code of the answer."""
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
    """The `error` of RFC 6749, section 5.2, if there is one; without the description, which may quote the request."""
    try:
        body: Any = answer.json()
    except ValueError:
        return ""
    code = body.get("error") if isinstance(body, dict) else None
    return f" ({code})" if isinstance(code, str) and _ERROR_CODE.fullmatch(code) else ""


def _held(answer: httpx.Response, asked_at: float, key: ProofKey) -> _Held:
    """The token. Its lifetime counts from the request, which was before it was minted."""
    try:
        body: Any = answer.json()
        token, lifetime = str(body["access_token"]), float(body["expires_in"])
    except (ValueError, KeyError, TypeError):
        raise TokenUnavailable("the token endpoint's answer holds no token with a lifetime") from None
    end_at = asked_at + lifetime - min(_LEAST_REST, lifetime / 4)
    return _Held(Credential(token, key), renew_at=asked_at + lifetime / 2, end_at=end_at)
