"""If-Match: a change is made only to the version that the caller has seen (RFC 9110, section 13.1.1)."""

from dataclasses import dataclass

from services.registration.errors import StaleVersion


@dataclass(frozen=True, slots=True)
class Precondition:
    """The versions that an order is meant for; None: any."""

    versions: frozenset[str] | None = None

    def check(self, version: int) -> None:
        """Raises StaleVersion unless the order is meant for this version."""
        if self.versions is not None and str(version) not in self.versions:
            raise StaleVersion


ANY_VERSION = Precondition()
