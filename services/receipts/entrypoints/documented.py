"""Additions to the OpenAPI document: the POST of receipts, which the framework does not know, and the errors."""

from typing import Any, Final

from fastapi import FastAPI

POST_PATH: Final = "/receipts/v4/users/{user_id}"
"""The path for posting receipts."""

REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    401: {"description": "No valid token, or a user's token with another user in the URL"},
    403: {"description": "The token gives no right to this"},
    404: {"description": "Nothing is there"},
    503: {"description": "Not to be decided just now; try again after `Retry-After` seconds"},
}
"""The errors of all reading routes."""

_HEADERS: Final = {
    "Location": {"description": "The receipt's URL", "schema": {"type": "string"}},
    "Link": {"description": "The schema, and where the processing status is", "schema": {"type": "string"}},
}

_VIOLATION: Final = {
    "type": "object",
    "properties": {
        "path": {"type": "string", "description": "JSON pointer into the receipt"},
        "message": {"type": "string"},
    },
}

_VIOLATIONS: Final = {
    "type": "object",
    "properties": {"validationErrors": {"type": "array", "items": _VIOLATION}},
}

_POST: Final[dict[str, Any]] = {
    "tags": ["receipts"],
    "summary": "Post a receipt",
    "description": "Takes in a receipt for a user. It is readable at once.",
    "operationId": "post_receipt",
    "security": [{"Bearer": []}],
    "parameters": [
        {"name": "user_id", "in": "path", "required": True, "schema": {"type": "string"}},
        {
            "name": "Link",
            "in": "header",
            "required": True,
            "description": "Names the receipt's schema, with `rel=describedBy`",
            "schema": {"type": "string"},
            "example": "<http://schema.concursolutions.com/general-receipt.schema.json>;rel=describedBy",
        },
    ],
    "requestBody": {
        "required": True,
        "description": "A receipt by the schema that the Link header names; see `/receipts/schemas`",
        "content": {"application/json": {"schema": {"type": "object"}}},
    },
    "responses": {
        "201": {"description": "Taken in", "headers": _HEADERS},
        "400": {
            "description": "No known schema is named, the body is no strict JSON, or disagrees with the schema",
            "content": {"application/json": {"schema": _VIOLATIONS}, "text/plain": {"schema": {"type": "string"}}},
        },
        **{str(status): REFUSALS[status] for status in (401, 403, 503)},
        "408": {"description": "The body did not arrive in time"},
        "413": {"description": "The body is too large"},
        "415": {"description": "The body is not application/json"},
        "500": {"description": "The receipt could not be saved"},
    },
}


def document_posting(fastapi: FastAPI) -> None:
    """Adds the POST of receipts to the application's OpenAPI document."""
    generate = fastapi.openapi

    def with_posting() -> dict[str, Any]:
        document = generate()
        document["paths"][POST_PATH]["post"] = _POST
        return document

    fastapi.openapi = with_posting  # type: ignore[method-assign]  # as in the framework's manual
