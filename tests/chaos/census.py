"""Which processes serve now, looked up once for all who ask."""

import threading
from dataclasses import dataclass, field

from tests.chaos.arena import Arena
from tests.e2e.stage import SERVICES

_EVERY = 0.3


@dataclass(slots=True)
class Census:
    """By service, the ids of the processes that answer behind its port."""

    arena: Arena
    stop: threading.Event
    _found: dict[str, frozenset[int]] = field(default_factory=dict)

    def __call__(self, service: str) -> frozenset[int]:
        """Those that were there a moment ago."""
        return self._found.get(service, frozenset())

    def count(self) -> None:
        """Looks once."""
        self._found = {service: frozenset(self.arena.children(f"{service}-http")) for service in SERVICES}

    def run(self) -> None:
        """Looks again and again."""
        while not self.stop.wait(_EVERY):
            self.count()
