import os

import httpx
from fastapi import APIRouter

from grantstream.postgres.errors import DatabaseUnavailable
from grantstream.service.health import Outcome, free_of, projections_recent
from grantstream.service.process import instance_id
from tests.unit.service.asgi_client import client_of, tiny_api


async def test_readiness_names_the_process_and_every_check() -> None:
    api = tiny_api(APIRouter())
    current = True
    api.health.add("fence", free_of(lambda: "" if current else "no recent proof"))
    async with client_of(api) as client:
        answer = await client.get("/health/ready")
        assert answer.status_code == 200
        told = answer.json()
        assert (told["service"], told["role"], told["pid"]) == ("tiny", "http", os.getpid())
        assert told["instance_id"] == instance_id()
        current = False
        answer = await client.get("/health/ready")
        assert answer.status_code == 503
        assert answer.json()["checks"]["fence"] == {"ok": False, "detail": "no recent proof"}


async def test_a_failed_check_means_unready_and_exposes_no_secret() -> None:
    async def broken() -> Outcome:
        raise RuntimeError("hunter2")

    async def database() -> Outcome:
        raise DatabaseUnavailable("ConnectionRefusedError")

    api = tiny_api(APIRouter())
    api.health.add("broken", broken)
    api.health.add("database", database)
    async with client_of(api) as client:
        answer = await client.get("/health/ready")
        assert (await client.get("/health/live")).status_code == 200
    assert answer.status_code == 503
    assert "hunter2" not in answer.text
    assert answer.json()["checks"]["database"]["detail"] == "ConnectionRefusedError"


async def test_a_process_is_ready_only_between_start_and_stop() -> None:
    api = tiny_api(APIRouter())
    transport = httpx.ASGITransport(api)
    async with httpx.AsyncClient(transport=transport, base_url="http://tiny") as client:
        assert (await client.get("/health/ready")).status_code == 503
        async with api.fastapi.router.lifespan_context(api.fastapi):
            assert (await client.get("/health/ready")).status_code == 200
        assert (await client.get("/health/ready")).status_code == 503


async def test_a_failed_optional_check_keeps_the_process_ready() -> None:
    class Projections:
        def why_not(self) -> str:
            return "the group may have lost changes"

    api = tiny_api(APIRouter())
    api.health.add("projections", projections_recent(Projections()), needed=False)
    async with client_of(api) as client:
        answer = await client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json()["checks"]["projections"] == {"ok": False, "detail": "the group may have lost changes"}
