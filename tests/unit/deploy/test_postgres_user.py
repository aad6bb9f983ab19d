"""Where PostgreSQL's data live, when its user can't get into our folder."""

import shutil
from pathlib import Path

import pytest

from deploy.local import postgres_user
from deploy.local.postgres_user import data_home


def test_external_data_lives_as_long_as_the_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever deletes the folder deletes the password, too, and starts empty."""
    monkeypatch.setattr(postgres_user, "REACHABLE_ROOT", tmp_path)
    tmp_path.chmod(0o700)
    folder = tmp_path / "state" / "postgres"
    outside = data_home(folder, "nobody")
    assert outside.parent == tmp_path
    (outside / "data").mkdir()
    assert data_home(folder, "nobody") == outside
    assert (outside / "data").exists()
    shutil.rmtree(folder)
    assert data_home(folder, "nobody") == outside
    assert not (outside / "data").exists()
