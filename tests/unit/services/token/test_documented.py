"""OpenAPI names the endpoints that the framework does not see, and each way to be refused by them."""

from typing import Any

from fastapi import FastAPI

from services.token import errors
from services.token.domain.token_answer import TokenAnswer
from services.token.entrypoints import companies, users
from services.token.entrypoints.documented import document_plain_endpoints
from services.token.entrypoints.published import discovery
from services.token.errors import TokenError


def _document() -> dict[str, Any]:
    fastapi = FastAPI()
    document_plain_endpoints(fastapi)
    fastapi.openapi()
    return fastapi.openapi()


def _token_responses() -> dict[str, Any]:
    responses: dict[str, Any] = _document()["paths"]["/oauth2/v0/token"]["post"]["responses"]
    return responses


def _json_schema(response: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = response["content"]["application/json"]["schema"]
    return schema


def test_the_document_names_the_plain_endpoints() -> None:
    named = {(path, method) for path, methods in _document()["paths"].items() for method in methods}
    assert named == {
        ("/oauth2/v0/token", "post"),
        ("/oauth2/v0/jwks", "get"),
        ("/.well-known/openid-configuration", "get"),
        ("/.well-known/oauth-authorization-server", "get"),
    }


def test_company_and_user_routes_document_their_refusals() -> None:
    fastapi = FastAPI()
    for router in (companies.router, users.router):
        fastapi.include_router(router)
    for path, methods in fastapi.openapi()["paths"].items():
        for method, operation in methods.items():
            refusals = {"401", "403", "404", "503"} | (set() if method == "get" else {"400", "408", "413", "415"})
            assert refusals <= operation["responses"].keys(), (method, path)
            assert all("application/problem+json" in operation["responses"][status]["content"] for status in refusals)


def test_every_security_scheme_that_is_named_exists() -> None:
    document = _document()
    named = {name for way in document["paths"]["/oauth2/v0/token"]["post"]["security"] for name in way}
    assert named
    assert named <= document["components"]["securitySchemes"].keys()


def test_every_error_code_is_documented_with_its_status() -> None:
    responses = _token_responses()
    registered = [entry for entry in vars(errors).values() if isinstance(entry, TokenError)]
    assert registered
    for entry in registered:
        response = responses[str(entry.status)]
        told = _json_schema(response)["properties"]
        assert entry.code in told["code"]["enum"]
        assert entry.error in told["error"]["enum"]
        assert f"| {entry.code} | `{entry.error}` | {entry.description} |" in response["description"]


def test_no_code_is_named_that_is_not_registered() -> None:
    registered = {entry.code for entry in vars(errors).values() if isinstance(entry, TokenError)}
    refusals = [response for status, response in _token_responses().items() if status != "200"]
    assert {
        code for response in refusals for code in _json_schema(response)["properties"]["code"]["enum"]
    } == registered


def test_a_minimal_token_answer_has_only_required_fields() -> None:
    answer = TokenAnswer("token", 3600, frozenset({"openid"}), refresh=None, id_token=None)
    schema = _json_schema(_token_responses()["200"])
    assert sorted(schema["required"]) == sorted(answer.to_body("http://x"))
    assert schema["properties"].keys() - set(schema["required"]) == {"refresh_token", "refresh_expires_in", "id_token"}


def test_the_metadata_are_described_field_by_field() -> None:
    paths = _document()["paths"]
    for path in ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"):
        described = _json_schema(paths[path]["get"]["responses"]["200"])["properties"]
        assert described.keys() == discovery("http://x", []).keys()
