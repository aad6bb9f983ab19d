"""If-Match: a change applies only to the version that the caller has read (RFC 9110, section 13.1.1)."""

from dataclasses import dataclass

from services.registration.errors import StaleVersion


@dataclass(frozen=True, slots=True)
class Precondition:
    """The versions that a command may change; None: any."""

    versions: frozenset[str] | None = None

    def check(self, version: int) -> None:
        """Raises StaleVersion unless this is one of the versions."""
        if self.versions is not None and str(version) not in self.versions:
            raise StaleVersion


ANY_VERSION = Precondition()
