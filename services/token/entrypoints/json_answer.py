"""JSON answers of the administration endpoints."""

from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import Response


def json_answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A whole answer. What it says about people is kept by nobody on the way."""
    private = {"Cache-Control": "no-store"} | dict(headers or {})
    return Response(orjson.dumps(body), status, private, media_type="application/json")
