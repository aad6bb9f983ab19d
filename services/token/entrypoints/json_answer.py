"""JSON answers of the administration endpoints."""

from typing import Any

import orjson
from fastapi import Response


def json_answer(body: Any) -> Response:
    """The answer to a question. What it says about people is kept by nobody on the way."""
    return Response(orjson.dumps(body), headers={"Cache-Control": "no-store"}, media_type="application/json")
