"""A handful of faults and every promise; `make test-chaos` has them all, many times."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.chaos.campaign import Campaign, Plan
from tests.chaos.checks import broken

SHORT = (
    "killed between ack and row deleted, registration",
    "killed between database commit and offset commit, token",
    "fence's leader killed",
    "http worker killed",
    "killed between effect and offset commit",
)


@pytest.mark.timeout(400)
def test_all_promises_hold_while_processes_and_a_broker_die() -> None:
    seed = int(os.environ.get("SEED") or 1)
    folder = Path(tempfile.mkdtemp(prefix="grantstream-chaos-"))
    folder.chmod(0o711)  # PostgreSQL's own user must get in
    with Campaign(folder, Plan(seed=seed, rounds=0, pause=0.15, order=SHORT)) as campaign:
        found = campaign.run()
    assert broken(found) == {}, f"seed {seed}; everything is in {folder}"
    shutil.rmtree(folder)
