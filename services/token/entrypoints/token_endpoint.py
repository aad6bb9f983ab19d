"""POST /oauth2/v0/token, as a plain ASGI callable: the one endpoint that every client calls every hour."""

import logging
from typing import Any, Final

import orjson
from starlette.types import Receive, Scope, Send

from grantstream.fence import RowBelowFloor
from grantstream.postgres.errors import DatabaseError, DatabaseUnavailable, TransactionConflict
from grantstream.service.answers import send_answer
from grantstream.service.correlation import correlation_id
from grantstream.service.limits import read_body
from grantstream.service.telemetry.metrics import count_token
from services.token import errors
from services.token.errors import TokenError, TokenRequestDenied, Unavailable
from services.token.use_cases.issue_token import IssueToken, RawTokenRequest

_log = logging.getLogger(__name__)
_JSON: Final = "application/json"
_NO_STORE: Final = ((b"cache-control", b"no-store"), (b"pragma", b"no-cache"))
"""RFC 6749, section 5.1."""

_CHALLENGE: Final = (b"www-authenticate", b'Basic realm="token endpoint", charset="UTF-8"')
"""RFC 6749, section 5.2: beside every 401."""

_RETRY: Final = (b"retry-after", b"1")
_WITH_GEOLOCATION: Final = frozenset({errors.REFRESH_TOKEN_BAD.code})


class TokenEndpoint:
    """`geolocation` is where clients send all further calls: the base URL."""

    def __init__(self, issue: IssueToken, *, geolocation: str) -> None:
        self._issue = issue
        self._geolocation = geolocation

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, a refusal included."""
        try:
            answer, grant_type = await self._issue(_raw(scope, await read_body(receive)))
        except TokenRequestDenied as refusal:
            _log.info("no token: %s", refusal, extra={"code": refusal.error.code})
            await self._refuse(send, refusal.error)
        except (Unavailable, RowBelowFloor, DatabaseUnavailable, TransactionConflict) as error:
            _log.warning("no token for now: %s", error)
            await self._refuse(send, errors.TEMPORARILY_UNAVAILABLE)
        except DatabaseError:
            _log.exception("a token request failed")
            await self._refuse(send, errors.SERVER_ERROR)
        else:
            count_token(grant_type.value)
            await send_answer(send, 200, _JSON, orjson.dumps(answer.to_body(self._geolocation)), _NO_STORE)

    async def _refuse(self, send: Send, error: TokenError) -> None:
        headers = list(_NO_STORE)
        if error.status == 401:
            headers.append(_CHALLENGE)
        if error.status == 503:
            headers.append(_RETRY)
        await send_answer(send, error.status, _JSON, orjson.dumps(self.error_body(error)), headers)

    def error_body(self, error: TokenError) -> dict[str, Any]:
        """The documented numeric form and that of RFC 6749 in one body (Authentication API, section 10)."""
        body: dict[str, Any] = {
            "code": error.code,
            "error": error.error,
            "error_description": error.description,
            "concur-correlationid": correlation_id(),
        }
        if error.code in _WITH_GEOLOCATION:
            body["geolocation"] = self._geolocation
        return body


def _raw(scope: Scope, body: bytes) -> RawTokenRequest:
    content_type = ""
    authorizations: list[str] = []
    proofs: tuple[str, ...] = ()
    for name, value in scope["headers"]:
        if name == b"content-type":
            content_type = value.decode("latin-1")
        elif name == b"authorization":
            authorizations.append(value.decode("latin-1"))
        elif name == b"dpop":
            proofs += (value.decode("latin-1"),)
    if len(authorizations) > 1:
        raise TokenRequestDenied(errors.UNSUPPORTED_FORMAT, "more than one Authorization header")
    authorization = authorizations[0] if authorizations else None
    return RawTokenRequest(body, content_type, scope.get("query_string", b""), authorization, proofs)
