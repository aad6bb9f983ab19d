"""`python -m services.<name> rebuild <projection>` on the running platform, with its own tokens, proofs and fence."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from deploy.local.running_platform import Platform
from deploy.local.server_access import run_in_thread
from tests.conftest import running_platform
from tests.e2e.stage import Stage, User

NEEDED = ("PATH", "PYTHONPATH", "GRANTSTREAM_POSTGRES_DSN", "GRANTSTREAM_KAFKA_BOOTSTRAP_SERVERS",
          "GRANTSTREAM_BASE_URL", "GRANTSTREAM_TOKEN_URL")  # fmt: skip


@pytest.fixture(scope="module")
def platform(server_folder: Path) -> Iterator[Platform]:
    """One that ends with these tests: idle, it would take half a core from all that follow."""
    with running_platform(server_folder / "platform-to-rebuild") as started:
        yield started


@pytest.fixture(scope="module")
def admin(platform: Platform) -> User:
    """The administrator of a company with an application, so that every projection has rows."""
    stage = Stage(platform.description, workers=platform.settings.http_workers)
    admin = stage.open_company()
    stage.register(admin, "receipts.read")
    stage.base.close()
    return admin


def rebuilt(platform: Platform, service: str, projection: str) -> subprocess.CompletedProcess[str]:
    """The command, told no more than it needs."""
    known = platform.services[service]
    told = {name: value for name, value in (os.environ | dict(known.env)).items() if name in NEEDED}
    return subprocess.run(
        known.command("rebuild", projection), env=told, capture_output=True, text=True, timeout=60, check=False
    )


def table(platform: Platform, service: str, sql: str) -> list[Any]:
    """Rows of a service's database."""

    async def ask() -> list[Any]:
        connection = await asyncpg.connect(platform.description["postgres"][service])
        try:
            return [tuple(row) for row in await connection.fetch(sql)]
        finally:
            await connection.close()

    return run_in_thread(ask())


@pytest.mark.parametrize(
    ("service", "projection", "name", "spoiling"),
    [
        ("registration", "users", "users", "set active = not active"),
        ("registration", "companies", "companies", "set domain = 'spoiled'"),
        ("token", "apps", "app_projection", "set state = '{}'"),
        ("token", "enablements", "enablement_projection", "set state = '{}'"),
        ("receipts", "users", "known_user", "set company_id = 'spoiled'"),
    ],
)
def test_a_rebuild_restores_every_row_of_the_live_consumer(
    platform: Platform, admin: User, service: str, projection: str, name: str, spoiling: str
) -> None:
    rows = f"select * from {name} order by 1, 2"
    live = table(platform, service, rows)
    assert live
    table(platform, service, f"update {name} {spoiling}")
    assert table(platform, service, rows) != live
    done = rebuilt(platform, service, projection)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert table(platform, service, rows) == live
    assert (report["rows"], report["corrected"], report["refused"]) == (len(live), len(live), {})
    assert report["is_clean"]
    progress = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    assert progress[-1]["read"] == progress[-1]["of"] > 0


def test_an_unknown_projection_name_lists_the_known_ones(platform: Platform) -> None:
    done = rebuilt(platform, "token", "users")
    assert (done.returncode, done.stderr) == (2, "there is no projection users; there are apps, enablements\n")


def test_a_missing_database_is_reported_without_secrets(platform: Platform) -> None:
    known = platform.services["receipts"]
    told = os.environ | dict(known.env) | {"GRANTSTREAM_POSTGRES_DSN": "postgresql://me:hidden@127.0.0.1:1/none"}
    done = subprocess.run(
        known.command("rebuild", "users"), env=told, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "nothing has changed" in done.stderr
    assert "hidden" not in done.stderr
    assert "Traceback" not in done.stderr
