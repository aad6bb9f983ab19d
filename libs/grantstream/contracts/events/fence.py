"""The two kinds of record on the fence."""

from typing import Annotated, Final, Literal

from pydantic import Field, NonNegativeInt

from grantstream.contracts import subjects
from grantstream.contracts.claims import MAX_TOKEN_LIFETIME, RULE_LIFETIME
from grantstream.contracts.events.state import EventData
from grantstream.contracts.versions import Version
from grantstream.contracts.void import VoidBelow


class PermissionChanged(EventData):
    """Something that access depends on has a new version, whatever it is: not only permissions in the narrow sense.

    It may be an application, an enablement, a company, a user, a grant, a signing key or a secret.

    A row of the subject below `version` must not be used any more. Tokens issued below `void_below` are void. For a
    grant, a token, a key or a secret, version 1 with `void_below.version` 1 voids whatever was issued from it.
    """

    subject: str
    version: Version
    void_below: VoidBelow = VoidBelow()


_LONGEST_STALENESS: Final = (RULE_LIFETIME - MAX_TOKEN_LIFETIME).total_seconds()


class FenceReached(EventData):
    """An instance has applied every record of the fence up to and including `offset` (-1: none yet).

    `sequence` numbers an instance's records, so that it recognises its own when it reads them back. `leaving`: it no
    longer serves, and no process needs to wait for it. `max_staleness`: for how many seconds it serves without a newer
    proof of being current, so that others know how long to wait for it once it is silent; None: not stated.
    """

    client_id: str
    instance_id: str
    service: str
    role: Literal["http", "worker", "other"]
    sequence: NonNegativeInt
    offset: int
    leaving: bool = False
    max_staleness: Annotated[float, Field(gt=0, le=_LONGEST_STALENESS)] | None = None

    @property
    def subject(self) -> str:
        """`instance/{client_id}/{instance_id}`."""
        return subjects.instance(self.client_id, self.instance_id)
