"""Programs of the tests beside the platform: members of the counting group, and replays."""

import asyncio
import os
import sys
from dataclasses import dataclass

from deploy.local.processes import ProcessSpec
from deploy.local.settings import ROOT
from deploy.local.state_files import PLATFORM_FILE
from grantstream.postgres.migrations import MigrationSet, migrate
from tests.chaos.arena import Arena
from tests.chaos.held_commit import strike_while_held
from tests.servers.databases import DatabaseServer

LAYER = 4


@dataclass(slots=True)
class Programs:
    """Starts and ends them. To be called from the main thread, to which their lives are tied."""

    arena: Arena
    counting_dsn: str
    members: int = 0

    def resize(self, members: int) -> None:
        """Brings the counting group to so many members; every other one that goes is killed."""
        for number in range(members, self.members):
            if number % 2:
                self.arena.kill(f"counter-{number}")
            self.arena.stop(f"counter-{number}")
        self.members = members
        self.revive()

    def revive(self) -> None:
        """Starts the members that ended."""
        for number in range(self.members):
            self.arena.run(self._spec(f"counter-{number}", "tests.chaos.counting", self.counting_dsn))

    def kill_after_an_effect(self, seconds: float) -> bool:
        """Kills every member while an effect is being committed: its event comes again. Tells whether there was one."""

        def kill() -> None:
            for number in range(self.members):
                self.arena.kill(f"counter-{number}")

        return asyncio.run(strike_while_held(self.counting_dsn, kill, seconds))

    def replay(self, service: str, dsn: str) -> str:
        """Starts a replay of all topics of a service into a database; gives the name of its group."""
        group_id = f"chaos-replay-{service}"
        self.arena.run(self._spec(group_id, "tests.chaos.replay", service, group_id, dsn))
        return group_id

    def _spec(self, name: str, module: str, *arguments: str) -> ProcessSpec:
        settings = self.arena.platform.settings
        return ProcessSpec(
            name=name,
            command=(sys.executable, "-m", module, str(settings.state_dir / PLATFORM_FILE), *arguments),
            log=settings.state_dir / "logs" / f"{name}.log",
            layer=LAYER,
            env={"PYTHONPATH": os.pathsep.join((str(ROOT / "libs"), str(ROOT)))},
            cwd=ROOT,
        )


def fresh_database(postgres: DatabaseServer, *sets: MigrationSet) -> str:
    """An empty database with these tables."""
    dsn = postgres.fresh_database()
    migrate(dsn, *sets)
    return dsn
