"""The example of docs/guarding-an-api.md, run as it stands there: an API outside that checks the platform's tokens."""

import asyncio
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.e2e.stage import Stage

PAGE = Path(__file__).parents[2] / "docs/guarding-an-api.md"


def _example(stage: Stage) -> FastAPI:
    [source] = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    source = source.replace("http://127.0.0.1:8480", stage.description["base"])
    source = source.replace("127.0.0.1:8472", stage.description["kafka"])
    names: dict[str, Any] = {}
    exec(compile(source, PAGE.name, "exec"), names)
    app = names["app"]
    assert isinstance(app, FastAPI)
    return app


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_an_outside_api_refuses_tokens_of_a_disabled_app(stage: Stage) -> None:
    admin = stage.open_company()
    app = stage.register(admin, "receipts.read", "openid")
    token = stage.token(app, admin)
    example = _example(stage)
    async with example.router.lifespan_context(example):
        transport = httpx.ASGITransport(example)
        async with httpx.AsyncClient(transport=transport, base_url="http://outside.example") as client:
            bearer = {"Authorization": f"Bearer {token}"}
            assert (await client.get("/miles", headers=bearer)).status_code == 200
            assert (await client.get("/miles")).status_code == 401
            stage.set_enabled(admin, app, enabled=False)
            async with asyncio.timeout(2):
                while (await client.get("/miles", headers=bearer)).status_code != 401:
                    # Nothing of such a request leaves this thread; the fence's reader must get its turn.
                    await asyncio.to_thread(lambda: None)
