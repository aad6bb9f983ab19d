"""How far behind a projection is, said by a test."""

from dataclasses import dataclass


@dataclass
class Told:
    """A projection that lacks nothing that the fence has forgotten, as long as a test says so."""

    recent: bool = True

    def is_recent(self) -> bool:
        """As the test says."""
        return self.recent
