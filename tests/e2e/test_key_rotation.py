"""The keys that tokens are signed with change hands while everybody works; a stolen one counts no more."""

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest

from deploy.local.running_platform import Platform
from deploy.local.settings import PREFIX, ROOT, LocalSettings
from grantstream.guard import EventRefused
from grantstream.guard.kafka_record import judge_record
from grantstream.guard.observer import open_observer
from grantstream.kafka.topic_reading import open_topics
from tests.e2e.everywhere import Everywhere
from tests.e2e.stage import Stage, own_call
from tests.e2e.waiting import until

pytestmark = pytest.mark.timeout(600)

REGISTERED = ("app.registered", "app.enabled", "company.registered", "user.registered")


@pytest.fixture(scope="module")
def own(server_folder: Path) -> Iterator[Platform]:
    """A platform of its own: a withdrawn key voids what other tests hold."""
    settings = LocalSettings.on_free_ports(server_folder / "rotating", postgres_durable=False, kafka_heap="256M")
    with Platform(settings, die_with_parent=True) as platform:
        yield platform
    platform.remove_state()


@pytest.fixture
def stage(own: Platform) -> Iterator[Stage]:
    opened = Stage(own.description, workers=own.settings.http_workers)
    yield opened
    opened.base.close()


def keys(platform: Platform, *arguments: str) -> list[dict[str, Any]]:
    """As one runs it on the platform of `make up`."""
    done = subprocess.run(
        [sys.executable, "-m", "deploy.local", "service", "token", "keys", *arguments],
        env={**os.environ, f"{PREFIX}STATE_DIR": str(platform.settings.state_dir)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def signing_now(platform: Platform) -> str:
    [current] = [key for key in keys(platform, "list") if (key["state"], key["alg"]) == ("current", "ES256")]
    return str(current["kid"])


def kid_of(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


class Traffic(threading.Thread):
    """Asks each process of the token service for a token, and shows it to every process of the platform at once."""

    def __init__(self, stage: Stage, call: Any) -> None:
        super().__init__(daemon=True)
        self._everywhere, self._call = Everywhere(stage), call
        self._stopped = threading.Event()
        self.tokens: list[str] = []
        self.refusals: list[str] = []

    def run(self) -> None:
        while not self._stopped.is_set():
            minted, refusals = self._everywhere.minted(self._call)
            self.refusals += refusals
            for token in minted:
                self.refusals += self._everywhere.refusing(token)
            self.tokens += minted

    def __enter__(self) -> "Traffic":
        self.start()
        until(lambda: len(self.tokens) > 0, "there is traffic")
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self.join()
        self._everywhere.close()

    def goes_on(self) -> list[str]:
        """Tokens that were asked for from now on."""
        began = len(self.tokens) + len(self._everywhere.of("token"))
        until(lambda: len(self.tokens) > began + 4, "the traffic goes on")
        return self.tokens[began:]


def test_a_key_rotation_under_load_refuses_no_token(own: Platform, stage: Stage) -> None:
    admin, before = stage.open_company(), signing_now(own)
    app = stage.register(admin, "receipts.writeonly")
    with Traffic(stage, own_call(app)) as traffic:
        [rotated] = keys(own, "rotate")
        afterwards = traffic.goes_on()
    assert traffic.refusals == []
    assert {kid_of(token) for token in afterwards} == {rotated["kid"]}
    assert kid_of(traffic.tokens[0]) == before != rotated["kid"]
    everywhere = Everywhere(stage)
    assert everywhere.refusing(traffic.tokens[0]) == []
    assert everywhere.refusing(admin.admin_token) == []
    everywhere.close()


def test_withdrawing_a_key_ends_its_tokens_and_work_goes_on(own: Platform, stage: Stage) -> None:
    admin, stolen = stage.open_company(), signing_now(own)
    app = stage.register(admin, "receipts.writeonly")
    token, everywhere = stage.token(app), Everywhere(stage)
    assert kid_of(token) == kid_of(admin.admin_token) == stolen
    assert everywhere.refusing(token) == []
    [withdrawn] = keys(own, "withdraw", stolen)
    for void in (token, admin.admin_token):
        assert set(everywhere.statuses(void).values()) == {401}
    assert withdrawn["state"] == "withdrawn"
    stage.sign_in(admin)
    fresh = stage.token(app)
    assert kid_of(fresh) == signing_now(own) != stolen
    assert everywhere.refusing(fresh) == []
    # The services' own tokens were of the stolen key too: a change must still come through, and be reached by all.
    until(lambda: stage.set_enabled(admin, app, False).status == 200, "a change is in effect everywhere", seconds=60)
    assert everywhere.of("receipts")
    everywhere.close()


def test_a_new_observer_accepts_events_signed_by_an_old_key(own: Platform, stage: Stage) -> None:
    old, earlier = signing_now(own), stage.open_company()
    app = stage.register(earlier, "receipts.writeonly")
    keys(own, "rotate")
    later = stage.open_company()
    judged, refused = asyncio.run(_judged_afresh(own))
    assert refused == []
    assert f"app/{app.app_id}" in judged
    assert judged[f"company/{earlier.company_id}"] == old
    assert judged[f"company/{later.company_id}"] == signing_now(own) != old


async def _judged_afresh(own: Platform) -> tuple[dict[str, str], list[str]]:
    """Which key's token each subject was first told of with, by an observer that has just started; and refusals."""
    told = own.description
    judged: dict[str, str] = {}
    refused: list[str] = []
    async with (
        open_observer(issuer=told["base"], bootstrap_servers=told["kafka"], token_url=told["token"]) as observer,
        open_topics(told["kafka"], REGISTERED) as topics,
    ):
        await observer.catch_up_keys(20)
        async for records in topics.to_the_ends():
            for record in records:
                try:
                    event = judge_record(observer.event_guard, record)
                except EventRefused as refusal:
                    refused.append(f"{record.topic} {record.offset}: {refusal.code}")
                else:
                    judged.setdefault(event.envelope.subject, event.claims.key_id)
    return judged, refused
