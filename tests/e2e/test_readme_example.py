"""The README's examples, run as they stand there: its commands, and the program outside the platform."""

import asyncio
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.e2e.stage import Stage

README = Path(__file__).parents[2] / "README.md"


def _example(stage: Stage) -> FastAPI:
    [source] = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    source = source.replace("http://127.0.0.1:8480", stage.description["base"])
    source = source.replace("127.0.0.1:8472", stage.description["kafka"])
    names: dict[str, Any] = {}
    exec(compile(source, "README.md", "exec"), names)
    app = names["app"]
    assert isinstance(app, FastAPI)
    return app


def _commands(stage: Stage) -> str:
    """All that the README has one type, in one shell."""
    blocks = re.findall(r"```bash\n(.*?)```", README.read_text(), re.DOTALL)
    return "\n".join(blocks).replace("http://127.0.0.1:8480", stage.description["base"])


def _typed(commands: str, folder: Path) -> tuple[str, str]:
    """What the commands say, and what they complain of."""
    done = subprocess.run(["bash", "-uc", commands], cwd=folder, capture_output=True, text=True, timeout=90)
    return done.stdout, done.stderr


curl_knows_json = pytest.mark.skipif(
    shutil.which("curl") is None
    or "--json" not in subprocess.run(["curl", "--help", "all"], capture_output=True, text=True).stdout,
    reason="the README's commands need curl 7.82",
)


@curl_knows_json
def test_the_commands_do_what_they_say_however_often_they_are_given(stage: Stage, folder: Path) -> None:
    for _ in range(2):
        said, complained = _typed(_commands(stage), folder)
        assert complained == ""
        assert re.findall(r"^HTTP/1.1 (\d+)", said, re.MULTILINE) == ["201", "401", "201"]
        assert '"visibility":"public"' in said
        assert '"enabled":true' in said


@curl_knows_json
def test_a_command_that_is_refused_says_what_was_answered(stage: Stage, folder: Path) -> None:
    taken = re.sub(r"ann-'\$RANDOM\$RANDOM'@\S+?\.example", stage.open_company().login, _commands(stage))
    said, complained = _typed(taken[: taken.index("# she signs in")], folder)
    assert said == ""
    assert "login_taken" in complained
    assert "Traceback" not in complained


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_an_api_outside_refuses_a_token_soon_after_its_app_was_disabled(stage: Stage) -> None:
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
