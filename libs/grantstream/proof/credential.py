"""What a producer shows with each record."""

from dataclasses import dataclass, field

from grantstream.proof.proof_key import ProofKey


@dataclass(frozen=True, slots=True)
class Credential:
    """An access token and the key behind its `cnf.jkt`. The token never shows in `repr`."""

    token: str = field(repr=False)
    key: ProofKey
