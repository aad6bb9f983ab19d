"""An httpx client that speaks to an ASGI application in this process, with its lifespan running."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import APIRouter

from grantstream.service.app import Api, build_api
from tests.unit.service.service_settings import tiny_settings


@asynccontextmanager
async def idle(_: Api) -> AsyncIterator[None]:
    yield


def tiny_api(router: APIRouter, *, max_body_bytes: int = 1000, body_timeout: float = 10, **options: Any) -> Api:
    return build_api(
        tiny_settings(max_body_bytes=max_body_bytes, body_timeout=body_timeout),
        title="Tiny",
        description="For tests.",
        running=options.pop("running", idle),
        routers=[router],
        **options,
    )


@asynccontextmanager
async def client_of(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(api)
    async with (
        api.fastapi.router.lifespan_context(api.fastapi),
        httpx.AsyncClient(transport=transport, base_url="http://tiny") as client,
    ):
        yield client
    gc.unfreeze()
