"""What a producer proves its records with."""

from dataclasses import dataclass, field

from grantstream.proof.proof_key import ProofKey


@dataclass(frozen=True, slots=True)
class Credential:
    """An access token and the key behind its `cnf.jkt`. `repr` leaves the token out."""

    token: str = field(repr=False)
    key: ProofKey
