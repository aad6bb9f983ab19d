"""What a producer proves its records with, and where it comes from."""

from dataclasses import dataclass, field
from typing import Protocol

from grantstream.proof.proof_key import ProofKey


@dataclass(frozen=True, slots=True)
class Credential:
    """An access token and the key behind its `cnf.jkt`. `repr` leaves the token out."""

    token: str = field(repr=False)
    key: ProofKey


class CredentialSource(Protocol):
    """A source of a producer's access token and the key that it is bound to."""

    async def current(self) -> Credential:
        """A credential with a valid token for the events audience. Waits while there is none."""
        ...
