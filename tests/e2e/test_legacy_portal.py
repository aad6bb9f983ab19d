"""The examples of docs/examples do what they say, on the running platform: a producer outside."""

import asyncio
import hashlib
import re
import secrets
import shutil
import uuid
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from grantstream.contracts.events.registration import SecretState, SecretStatus
from grantstream.events import Publisher
from grantstream.testing import eventually
from grantstream.testing.expected_events import ExpectedEvents
from grantstream.testing.platform_under_test import PlatformUnderTest
from grantstream.testing.sample_events import app_registered
from tests.e2e.example_program import ROOT, running


async def test_a_legacy_portal_publishes_an_application_itself(
    folder: Path, grantstream_platform: PlatformUnderTest, events: ExpectedEvents
) -> None:
    portal = await grantstream_platform.register_producer("app.event.writeonly", key_space=["app/portal-*"])
    given = {"PORTAL_CLIENT_ID": portal.client_id, "PORTAL_CLIENT_SECRET": portal.secret}
    async with running("legacy_portal.py", "Expense Wizard", folder=folder, **given) as program:
        await asyncio.wait_for(program.process.wait(), 60)
    told = re.fullmatch(r"(portal-\S+) stands in app.registered, partition (\d+), offset (\d+)\n", program.said)
    assert told is not None, program.said
    seen = await events.expect("app.registered", subject=f"app/{told[1]}")
    assert (seen.producer, seen.data.name) == (portal.client_id, "Expense Wizard")
    assert (seen.partition, seen.offset) == (int(told[2]), int(told[3]))


async def test_a_portal_cannot_register_an_app_beyond_its_rights(
    grantstream_platform: PlatformUnderTest, events: ExpectedEvents
) -> None:
    portal = await grantstream_platform.register_producer("app.event.writeonly", key_space=["app/portal-*"])
    secret = secrets.token_urlsafe(32)
    digest = f"sha256:{hashlib.sha256(secret.encode()).hexdigest()}"
    state = SecretState(secret_id="s", digest=digest, status=SecretStatus.ACTIVE, created_at=datetime.now(UTC))
    refused: list[str] = []
    made: Any = partial(app_registered, allowed_grants=("client_credentials",), secrets=(state,))
    async with (
        grantstream_platform.credentials(portal, "app.event.writeonly") as credentials,
        Publisher(grantstream_platform.addresses.bootstrap_servers, credentials) as publisher,
    ):
        for given in (
            {"scopes": ("key.event.writeonly",), "key_space": ("key/*",)},
            {"scopes": ("app.write", "company.write")},
            {"key_space": ("app/portal-*",)},
        ):
            app = made(app_id=f"portal-{uuid.uuid4()}", **given)
            refused.append(app.app_id)
            await events.expect_refused(await publisher.publish(app), "event_gives_too_much")
        good = made(app_id=f"portal-{uuid.uuid4()}", scopes=("receipts.read",))
        await publisher.publish(good)
    async with httpx.AsyncClient(base_url=grantstream_platform.addresses.token_url) as http:

        async def status_of(app_id: str) -> int:
            form = {"grant_type": "client_credentials", "client_id": app_id, "client_secret": secret}
            return (await http.post("/oauth2/v0/token", data=form)).status_code

        async def good_gets_a_token() -> bool:
            return await status_of(good.app_id) == 200

        await eventually(good_gets_a_token)
        assert [await status_of(app_id) for app_id in refused] == [401, 401, 401]


@pytest.mark.skipif(not (shutil.which("jq") and shutil.which("curl")), reason="the page's commands need curl and jq")
async def test_docs_commands_make_a_producer_and_run_the_portal(
    folder: Path, grantstream_platform: PlatformUnderTest, events: ExpectedEvents
) -> None:
    [commands] = re.findall(r"```bash\n(.*?)```", (ROOT / "docs" / "producers.md").read_text(), re.DOTALL)
    for name in (".venv", "docs"):
        (folder / name).symlink_to(ROOT / name)
    shell = await asyncio.create_subprocess_exec(
        "bash", "-euc", commands, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await asyncio.wait_for(shell.communicate(), 90)
    assert shell.returncode == 0, said.decode()
    [app_id] = re.findall(r"^(portal-\S+) stands in", said.decode(), re.MULTILINE)
    await events.expect("app.registered", subject=f"app/{app_id}")
