import asyncio
import gc
import uuid
from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict
from starlette.types import Receive, Scope, Send

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.fence import RowBelowFloor
from grantstream.guard.access import Decision
from grantstream.guard.asgi import require
from grantstream.guard.errors import AccessDenied, StaleGuard, TokenRefused
from grantstream.guard.refusal_codes import RefusalCode
from grantstream.postgres.errors import DatabaseUnavailable
from grantstream.service.answers import send_answer
from grantstream.service.correlation import correlation_id
from grantstream.service.errors import NoSuchChange
from grantstream.service.json_bodies import StrictJsonRoute
from grantstream.service.limits import read_body
from grantstream.service.problems import Problem, Rendered, not_found
from tests.unit.service.asgi_client import client_of, tiny_api
from tests.unit.service.conftest import LogLines


class Thing(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    size: int = 0
    parts: list["Thing"] = []


class ThingUnknown(Exception):
    pass


def unavailable() -> Exception:
    error = DatabaseUnavailable("ConnectionRefusedError")
    error.__cause__ = ConnectionRefusedError("no connection for hunter2")
    return error


FAILURES: dict[str, Exception] = {
    "unknown": ThingUnknown(),
    "refused": TokenRefused(RefusalCode.EXPIRED),
    "stale": StaleGuard(),
    "below": RowBelowFloor("app/1"),
    "database": unavailable(),
    "version": NoSuchChange(),
    "bug": RuntimeError("the password is hunter2"),
    "denied": AccessDenied(
        Decision(
            missing="scope",
            code=RefusalCode.SCOPE_MISSING,
            reason="the scope app.write is missing",
            wanted_scope="app.write",
        )
    ),
}


def things() -> APIRouter:
    router = APIRouter(route_class=StrictJsonRoute)

    @router.get("/things/{thing_id}")
    async def read(thing_id: int) -> dict[str, Any]:
        await asyncio.sleep(0)
        return {"id": thing_id, "correlation": correlation_id()}

    @router.delete("/things/{thing_id}")
    async def delete(thing_id: int) -> None:
        raise not_found()

    @router.post("/things")
    async def make(thing: Thing) -> dict[str, str]:
        return {"name": thing.name}

    @router.get("/failing/{how}")
    async def fail(how: str) -> None:
        raise FAILURES[how]

    @router.get("/guarded")
    async def guarded(_: Annotated[AccessTokenClaims, Depends(require("app.read"))]) -> None:
        return None

    return router


async def hot(_scope: Scope, receive: Receive, send: Send) -> None:
    body = await read_body(receive)
    if body == b"bug":
        raise RuntimeError("hunter2")
    await send_answer(send, 200, "text/plain", str(len(body)).encode())


@pytest.fixture
async def client(log_lines: LogLines) -> AsyncIterator[httpx.AsyncClient]:
    api = tiny_api(things(), failures={ThingUnknown: lambda _: not_found("No such thing.")})
    api.add_hot("POST", "/hot/{name}", hot)
    async with client_of(api) as client:
        yield client


async def test_a_correlation_id_reaches_handler_and_response(client: httpx.AsyncClient) -> None:
    answer = await client.get("/things/1", headers={"concur-correlationid": "mine-1"})
    assert answer.headers["concur-correlationid"] == "mine-1"
    assert answer.json()["correlation"] == "mine-1"


@pytest.mark.parametrize("bad", ["", "x" * 201, "with space", "t\u00e4g"])
async def test_a_correlation_id_unfit_for_logs_is_replaced(client: httpx.AsyncClient, bad: str) -> None:
    answer = await client.get("/things/1", headers={"concur-correlationid": bad.encode("latin-1")})
    assert uuid.UUID(answer.headers["concur-correlationid"])


async def test_concurrent_requests_keep_their_own_correlation_ids(client: httpx.AsyncClient) -> None:
    names = [f"c-{number}" for number in range(20)]
    answers = await asyncio.gather(*(client.get("/things/1", headers={"concur-correlationid": n}) for n in names))
    assert [answer.json()["correlation"] for answer in answers] == names


@pytest.mark.parametrize(
    ("how", "status", "code", "header"),
    [
        ("unknown", 404, "not_found", None),
        ("refused", 401, "expired", ("www-authenticate", "invalid_token")),
        ("denied", 403, "scope_missing", ("www-authenticate", 'scope="app.write"')),
        ("stale", 503, "guard_stale", ("retry-after", "1")),
        ("below", 503, "change_on_its_way", ("retry-after", "1")),
        ("database", 503, "database_unavailable", ("retry-after", "1")),
        ("version", 404, "not_found", None),
        ("bug", 500, "unexpected", None),
    ],
)
async def test_each_failure_is_told_as_a_problem(
    client: httpx.AsyncClient, how: str, status: int, code: str, header: tuple[str, str] | None
) -> None:
    answer = await client.get(f"/failing/{how}")
    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["correlationId"] == answer.headers["concur-correlationid"]
    if header:
        assert header[1] in answer.headers[header[0]]


async def test_an_internal_error_is_logged_once_and_not_exposed(client: httpx.AsyncClient, log_lines: LogLines) -> None:
    for answer in (await client.get("/failing/bug"), await client.post("/hot/x", content=b"bug")):
        assert (answer.status_code, answer.json()["code"]) == (500, "unexpected")
        assert "hunter2" not in answer.text
        assert "Traceback" not in answer.text
    of_router, of_hot = (line for line in log_lines() if line["level"] == "error")
    assert (of_router["route"], of_hot["route"]) == ("/failing/{how}", "/hot/{name}")
    assert of_hot["correlation_id"] == answer.headers["concur-correlationid"]


async def test_the_log_names_an_outages_error_type_not_its_text(client: httpx.AsyncClient, log_lines: LogLines) -> None:
    await client.get("/failing/database")
    [line] = (line for line in log_lines() if line["level"] == "warning")
    assert (line["code"], line["causes"]) == ("database_unavailable", ["ConnectionRefusedError"])
    assert "hunter2" not in str(log_lines())


async def test_a_request_without_a_token_is_challenged(client: httpx.AsyncClient) -> None:
    client._transport.app.state.guard = CountingGuard()  # type: ignore[attr-defined]
    answer = await client.get("/guarded")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="grantstream"'


class CountingGuard:
    def count_refusal(self, code: RefusalCode) -> None:
        assert code == RefusalCode.TOKEN_MISSING


async def test_an_unknown_address_is_a_problem(client: httpx.AsyncClient) -> None:
    answer = await client.get("/nowhere")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(("method", "path"), [("POST", "/things/"), ("GET", "/things/1/"), ("POST", "/hot/x/")])
async def test_a_trailing_slash_is_404_without_a_redirect(client: httpx.AsyncClient, method: str, path: str) -> None:
    answer = await client.request(method, path, headers={"host": "elsewhere.example"})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert "elsewhere.example" not in str(answer.headers) + answer.text


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/things/1", "GET, DELETE"),
        ("PUT", "/things", "POST"),
        ("GET", "/hot/x", "POST"),
        ("POST", "/metrics", "GET"),
    ],
)
async def test_a_wrong_method_is_told_all_methods_of_the_address(
    client: httpx.AsyncClient, method: str, path: str, allowed: str
) -> None:
    answer = await client.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


async def test_a_handlers_404_does_not_become_405(client: httpx.AsyncClient) -> None:
    """Even if the address has other methods."""
    assert (await client.delete("/things/1")).status_code == 404


async def test_invalid_input_is_located_but_not_echoed(client: httpx.AsyncClient) -> None:
    body = {"name": 4711, "parts": [{"name": "a", "size": "hunter2"}], "a/b": 1}
    answer = await client.post("/things", json=body)
    pointers = {error["pointer"] for error in answer.json()["errors"]}
    assert answer.status_code == 422
    assert pointers == {"#/name", "#/parts/0/size", "#/a~1b"}
    assert "hunter2" not in answer.text
    assert "4711" not in answer.text


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"name": "\xff"}',
        b'{"name": "a", "name": "b"}',
        b'{"name": NaN}',
        b'{"name": "\\ud800"}',
        b'{"name": "a\\u0000b"}',
        b'{"name": ' + b"[" * 900,
    ],
)
async def test_json_that_can_be_read_in_two_ways_is_refused(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post("/things", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "json_malformed")


async def test_a_backslash_before_u0000_is_only_text(client: httpx.AsyncClient) -> None:
    body = b'{"name": "a\\\\u0000b"}'
    answer = await client.post("/things", content=body, headers={"content-type": "application/json"})
    assert answer.json() == {"name": "a\\u0000b"}


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1", ""]
)
async def test_a_body_that_is_not_declared_as_json_is_refused(client: httpx.AsyncClient, media_type: str) -> None:
    answer = await client.post("/things", content=b'{"name": "a"}', headers={"content-type": media_type})
    assert (answer.status_code, answer.json()["code"]) == (415, "media_type")


@pytest.mark.parametrize("path", ["/things", "/hot/x"])
async def test_a_body_over_the_limit_is_refused_even_if_chunked(client: httpx.AsyncClient, path: str) -> None:
    async def streamed() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b" " * 100

    headers = {"content-type": "application/json"}
    for content in (b" " * 1001, streamed()):
        answer = await client.post(path, content=content, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
        assert answer.headers["connection"] == "close"


async def test_a_body_of_just_the_limit_is_taken(client: httpx.AsyncClient) -> None:
    assert (await client.post("/hot/x", content=b"x" * 1000)).text == "1000"


async def test_an_api_may_tell_problems_in_a_form_of_its_own() -> None:
    def render(problem: Problem, scope: Scope) -> Rendered:
        return Rendered("text/x-error", f"{problem.code} {scope['path']}".encode())

    async with client_of(tiny_api(things(), render=render)) as client:
        answer = await client.get("/nowhere")
    assert (answer.headers["content-type"], answer.text) == ("text/x-error", "not_found /nowhere")


async def test_the_documentation_loads_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    page = await client.get("/docs")
    assert page.status_code == 200
    assert "https://" not in page.text
    assert "//cdn" not in page.text
    for name in ("swagger-ui-bundle.js", "swagger-ui.css", "favicon.png"):
        assert f"/docs/files/{name}" in page.text
        assert (await client.get(f"/docs/files/{name}")).status_code == 200


async def test_the_api_document_shows_the_form_of_errors(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    assert "application/problem+json" in document["paths"]["/things"]["post"]["responses"]["422"]["content"]


async def test_metrics_count_requests_by_route_template(client: httpx.AsyncClient) -> None:
    await client.get("/things/987654")
    await client.post("/hot/987654", content=b"x")
    await client.get("/987654")
    told = (await client.get("/metrics")).text
    assert 'grantstream_http_request_seconds_count{method="GET",route="/things/{thing_id}",status="200"}' in told
    assert 'route="/hot/{name}"' in told
    assert 'route="unmatched",status="404"' in told
    assert "987654" not in told


async def test_startup_objects_are_frozen_for_garbage_collection() -> None:
    gc.unfreeze()
    async with client_of(tiny_api(things())):
        assert gc.get_freeze_count() > 10_000
    gc.unfreeze()
