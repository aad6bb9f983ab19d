"""A service with nothing in it, run as a program by the tests: `tiny_service.py http|worker`."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ClassVar

from fastapi import APIRouter
from starlette.types import Receive, Scope, Send

from grantstream.service.answers import send_answer
from grantstream.service.app import Api, build_api
from grantstream.service.http_server import run_http
from grantstream.service.limits import read_body
from grantstream.service.settings import ServiceSettings, settings_or_exit
from grantstream.service.worker import WorkerParts, run_worker


class TinySettings(ServiceSettings):
    service_name: ClassVar[str] = "tiny"
    job: str = "runs"


def http_app(settings: TinySettings) -> Api:
    router = APIRouter()

    @router.get("/slow")
    async def slow(seconds: float) -> str:
        (settings.state_dir / "slow-request-began").touch()
        await asyncio.sleep(seconds)
        return "done"

    @asynccontextmanager
    async def running(api: Api) -> AsyncIterator[None]:
        api.add_hot("POST", "/count", count_bytes)
        yield
        note(settings, "goodbye")

    return build_api(settings, title="Tiny", description="For tests.", running=running, routers=[router])


async def count_bytes(_scope: Scope, receive: Receive, send: Send) -> None:
    await send_answer(send, 200, "text/plain", str(len(await read_body(receive))).encode())


@asynccontextmanager
async def worker_parts(settings: TinySettings) -> AsyncIterator[WorkerParts]:
    if settings.job == "cannot open":
        raise RuntimeError("nothing to work with")
    async with asyncio.TaskGroup():  # must be opened and closed by one task
        yield WorkerParts(jobs={"tiny job": lambda: job(settings)}, documents={"/words.json": b'["tiny"]'})
    note(settings, "parts closed")


async def job(settings: TinySettings) -> None:
    if settings.job == "fails":
        raise RuntimeError("the job failed")
    if settings.job == "returns":
        return
    while True:
        try:
            await asyncio.Event().wait()
        finally:
            if settings.job == "hangs":
                continue  # noqa: B012 - that is what makes it hang
            note(settings, "job ended")


def note(settings: TinySettings, what: str) -> None:
    with Path(settings.state_dir, "notes").open("a") as notes:
        notes.write(f"{what} {os.getpid()}\n")


if __name__ == "__main__":
    read = settings_or_exit(TinySettings)
    if sys.argv[1] == "http":
        run_http("tiny_service:http_app", read)
    else:
        run_worker(worker_parts, read)
