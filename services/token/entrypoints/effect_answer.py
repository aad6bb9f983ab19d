"""Answering an order: as asked once every process knows, else 202 with who does not and where to ask again."""

from typing import Any

from fastapi import Response

from grantstream.service.effect import Effect
from grantstream.service.effect_shown import ShownEffect, server_timing
from services.token.entrypoints.json_answer import json_answer


def effect_answer(status: int, body: dict[str, Any], effect: Effect, *, status_url: str) -> Response:
    """The answer to an order with this effect: `status`, or 202 with `status_url`, its Location too."""
    headers = {"Server-Timing": server_timing(effect)}
    if effect.reached:
        return json_answer(body, status, headers)
    late = {"status": status_url, "pending": ShownEffect.of(effect).model_dump()["pending"]}
    return json_answer(body | late, 202, headers | {"Location": status_url})
