"""One platform for the whole run, a company of its own for each test, and a look into the logs at the end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.running_platform import Platform
from tests.e2e.everywhere import Everywhere
from tests.e2e.stage import App, Stage, User


@pytest.fixture(scope="session")
def stage(platform: Platform) -> Iterator[Stage]:
    """The running platform. When all tests have ended, its logs must hold none of the secrets that were used."""
    opened = Stage(platform.description, workers=platform.settings.http_workers)
    yield opened
    opened.base.close()
    assert len(opened.seen) > 0
    leaked = opened.seen.found_in_files(platform.settings.state_dir / "logs")
    assert leaked == {}, "secrets in the logs"


@pytest.fixture
def everywhere(stage: Stage) -> Iterator[Everywhere]:
    """A connection to each process of the platform."""
    opened = Everywhere(stage)
    yield opened
    opened.close()


@pytest.fixture
def folder(platform: Platform, tmp_path: Path) -> Path:
    """Where `.local/platform.json` is, as in a checkout."""
    (tmp_path / ".local").symlink_to(platform.settings.state_dir)
    return tmp_path


@pytest.fixture
def admin(stage: Stage) -> User:
    """The signed-in administrator of a new sandbox company."""
    return stage.open_company()


@pytest.fixture
def app(stage: Stage, admin: User) -> App:
    """An application of that company that posts receipts."""
    return stage.register(admin, "receipts.writeonly", "openid")
