"""The guard at the door of an HTTP API."""

from typing import Annotated

import httpx
import pytest
from fastapi import Depends, FastAPI, Request
from starlette.responses import JSONResponse

from grantstream.contracts.claims import AccessTokenClaims, Principal
from grantstream.contracts.roles import Role
from grantstream.guard import Refusal, RefusalCode, StaleGuard, TokenMissing, TokenRefused
from grantstream.guard.answers import www_authenticate
from grantstream.guard.asgi import authenticate_request, require
from tests.unit.guard.forging import Bench, forge


async def _refused(_: Request, refusal: Exception) -> JSONResponse:
    """What an API does with refusals, in short."""
    assert isinstance(refusal, Refusal)
    status = 503 if isinstance(refusal, StaleGuard) else 401 if isinstance(refusal, TokenRefused) else 403
    challenge = www_authenticate(refusal)
    headers = {} if challenge is None else {"WWW-Authenticate": challenge}
    return JSONResponse({"code": refusal.code}, status, headers)


def api(bench: Bench) -> FastAPI:
    app = FastAPI(exception_handlers={Refusal: _refused})
    app.state.guard = bench.guard

    @app.get("/read")
    async def read(claims: Annotated[AccessTokenClaims, Depends(require("receipts.read"))]) -> str:
        return claims.subject

    @app.get("/write")
    async def write(claims: Annotated[AccessTokenClaims, Depends(require("receipts.write"))]) -> str:
        return claims.subject

    @app.get("/companies")
    async def companies(
        claims: Annotated[AccessTokenClaims, Depends(require(principals=[Principal.COMPANY]))],
    ) -> str:
        return claims.subject

    @app.get("/admin")
    async def admin(
        claims: Annotated[AccessTokenClaims, Depends(require("user.write", roles=[Role.ADMINISTRATOR]))],
    ) -> str:
        return claims.subject

    return app


async def call(bench: Bench, path: str, *authorization: str, query: str = "") -> httpx.Response:
    transport = httpx.ASGITransport(app=api(bench))
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        return await client.get(path + query, headers=[("Authorization", value) for value in authorization])


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer  "])
async def test_a_good_token_gets_in(scheme: str) -> None:
    answer = await call(Bench(), "/read", f"{scheme} {forge()}")
    assert (answer.status_code, answer.json()) == (200, "user-1")


@pytest.mark.parametrize("authorization", [(), ("",), ("Basic YTpi",), ("Bearer",), ("Bearer ",), ("BearerX y",)])
async def test_no_bearer_token_gets_a_challenge_with_only_a_realm(authorization: tuple[str, ...]) -> None:
    bench = Bench()
    answer = await call(bench, "/read", *authorization)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="grantstream"'
    assert bench.counted == [RefusalCode.TOKEN_MISSING]


async def test_a_bad_token_is_an_invalid_token() -> None:
    answer = await call(Bench(), "/read", "Bearer nonsense")
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


async def test_a_repeated_header_is_refused_even_if_both_are_good() -> None:
    bench = Bench()
    answer = await call(bench, "/read", f"Bearer {forge()}", f"Bearer {forge()}")
    assert (answer.status_code, answer.json()["code"]) == (401, "authorization_repeated")
    assert bench.counted == [RefusalCode.AUTHORIZATION_REPEATED]


async def test_a_token_in_the_query_is_no_token() -> None:
    answer = await call(Bench(), "/read", query=f"?access_token={forge()}")
    assert (answer.status_code, answer.json()["code"]) == (401, "token_missing")


async def test_a_missing_scope_is_named_in_the_challenge() -> None:
    answer = await call(Bench(), "/write", f"Bearer {forge()}")
    assert answer.status_code == 403
    assert answer.headers["www-authenticate"].endswith('error="insufficient_scope", scope="receipts.write"')


@pytest.mark.parametrize(("path", "code"), [("/companies", "principal_not_allowed"), ("/admin", "permission_missing")])
async def test_what_another_scope_would_not_mend_has_no_challenge(path: str, code: str) -> None:
    answer = await call(Bench(), path, f"Bearer {forge()}")
    assert (answer.status_code, answer.json()["code"]) == (403, code)
    assert "www-authenticate" not in answer.headers


async def test_a_stale_guard_answers_503() -> None:
    bench = Bench()
    bench.fence.fresh = False
    assert (await call(bench, "/read", f"Bearer {forge()}")).status_code == 503


def test_openapi_shows_one_bearer_scheme_on_guarded_routes() -> None:
    document = api(Bench()).openapi()
    assert document["components"]["securitySchemes"] == {
        "Bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    }
    assert all(operation["get"]["security"] == [{"Bearer": []}] for operation in document["paths"].values())


def test_a_plain_asgi_callable_hands_in_its_headers() -> None:
    guard = Bench().guard
    headers = [(b"host", b"api"), (b"authorization", b"Bearer " + forge().encode())]
    assert authenticate_request(guard, headers).subject == "user-1"
    with pytest.raises(TokenMissing):
        authenticate_request(guard, [(b"host", b"api")])


def test_a_non_text_bearer_token_is_refused_as_malformed() -> None:
    with pytest.raises(TokenRefused) as refused:
        authenticate_request(Bench().guard, [(b"authorization", b"Bearer \xff.\xfe.\x00")])
    assert refused.value.code is RefusalCode.TOKEN_MALFORMED
