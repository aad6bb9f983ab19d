"""A remembered application is used only while it is provably current."""

from dataclasses import dataclass, field

import pytest

from grantstream.contracts import subjects
from grantstream.contracts.events.fence import PermissionChanged
from grantstream.fence import RowBelowFloor, RuleBook
from grantstream.testing import FakeFence
from services.token.domain.client import Client
from services.token.domain.client_authentication import UNNAMED_METHODS
from services.token.use_cases.client_directory import ClientDirectory


def client(version: int, client_id: str = "app") -> Client:
    return Client(
        client_id=client_id,
        version=version,
        disabled=False,
        scopes=(),
        grants=frozenset(),
        methods=UNNAMED_METHODS,
    )


@dataclass
class Rows:
    """A projection that a test moves on by hand."""

    fence: FakeFence = field(default_factory=FakeFence)
    stored: dict[str, Client] = field(default_factory=dict)
    reads: int = 0
    recent: bool = True

    def are_recent(self) -> bool:
        return self.recent

    @property
    def rules(self) -> RuleBook:
        return self.fence.rules

    async def client(self, app_id: str) -> Client | None:
        self.reads += 1
        row = self.stored.get(app_id)
        if (row.version if row else 0) < self.fence.rules.floor(subjects.app(app_id)):
            raise RowBelowFloor(app_id)
        return row

    def tell(self, version: int, app_id: str = "app") -> None:
        change = PermissionChanged(subject=subjects.app(app_id), version=version)
        self.fence.rules.apply(change, offset=version, appended_at=0.0)


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def directory(rows: Rows, clock: Clock, **options: float) -> ClientDirectory:
    return ClientDirectory(rows, {"system": client(0, "system")}, now=clock, **options)  # type: ignore[arg-type]


async def test_a_current_row_is_read_once() -> None:
    rows = Rows(stored={"app": client(3)})
    found = directory(rows, Clock())
    assert [(await found.find("app")) for _ in range(3)] == [client(3)] * 3
    assert rows.reads == 1


async def test_a_higher_floor_makes_it_be_read_again() -> None:
    rows = Rows(stored={"app": client(3)})
    found = directory(rows, Clock())
    await found.find("app")
    rows.tell(4)
    with pytest.raises(RowBelowFloor):
        await found.find("app")
    rows.stored["app"] = client(4)
    assert await found.find("app") == client(4)


async def test_a_floor_that_it_meets_changes_nothing() -> None:
    rows = Rows(stored={"app": client(3)})
    found = directory(rows, Clock())
    await found.find("app")
    rows.tell(3)
    assert await found.find("app") == client(3)
    assert rows.reads == 1


async def test_what_no_client_can_be_called_is_looked_for_nowhere() -> None:
    rows = Rows()
    assert await directory(rows, Clock()).find("x" * 100_000) is None
    assert rows.reads == 0


async def test_the_cache_is_unused_while_projections_are_behind() -> None:
    rows = Rows(stored={"app": client(3)})
    found = directory(rows, Clock())
    await found.find("app")
    rows.recent = False
    await found.find("app")
    assert rows.reads == 2


async def test_a_cached_application_expires_after_its_maximum_age() -> None:
    rows, clock = Rows(stored={"app": client(3)}), Clock()
    found = directory(rows, clock, max_age=60.0)
    await found.find("app")
    rows.stored["app"] = client(4)
    clock.now += 59
    assert await found.find("app") == client(3)
    clock.now += 1
    assert await found.find("app") == client(4)


def test_a_longer_memory_than_is_safe_is_refused() -> None:
    with pytest.raises(ValueError, match="max_age"):
        directory(Rows(), Clock(), max_age=3600.0)


async def test_memory_is_bounded_and_strangers_take_none_of_it() -> None:
    rows = Rows(stored={f"app-{number}": client(1, f"app-{number}") for number in range(5)})
    found = directory(rows, Clock(), max_remembered=3)
    for number in range(5):
        await found.find(f"app-{number}")
        assert await found.find(f"nobody-{number}") is None
    assert len(found._remembered) == 3


async def test_system_clients_need_no_row() -> None:
    rows = Rows()
    assert await directory(rows, Clock()).find("system") == client(0, "system")
    assert rows.reads == 0
