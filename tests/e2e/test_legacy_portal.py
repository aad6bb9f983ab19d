"""The examples of docs/examples do what they say, on the running platform: a producer outside."""

import asyncio
import re
import shutil
from pathlib import Path

import pytest

from grantstream.testing.expected_events import ExpectedEvents
from grantstream.testing.platform_under_test import PlatformUnderTest
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


@pytest.mark.skipif(not (shutil.which("jq") and shutil.which("curl")), reason="the page's commands need curl and jq")
async def test_the_pages_commands_make_a_producer_and_run_the_portal(
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
