"""Folders for servers of their own, which these tests may kill."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.ports import free_port
from deploy.local.postgres_server import EmbeddedPostgres
from deploy.local.processes import Supervisor


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for one platform or server; whatever it runs has ended and is gone afterwards."""
    path = Path(tempfile.mkdtemp(prefix="grantstream-own-"))
    yield path
    Supervisor(path / "run", die_with_parent=True).stop_all()
    EmbeddedPostgres(path, port=free_port()).remove_data()
    shutil.rmtree(path)
