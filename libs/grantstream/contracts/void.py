"""How a narrowed permission voids tokens: those issued from a version below a bound are void.

Bounds only rise. A token carries the version of the aggregate that it was issued from, so a token minted by a
process that had not read the change yet is void too, and no two clocks are compared.
"""

from collections.abc import Iterable
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field

from grantstream.contracts.versions import VersionBound

_MOST: Final = 1_000
"""Every process keeps them in memory; there are some 80 scopes and a handful of grants."""


class VoidBelow(BaseModel):
    """The bounds of one aggregate.

    `version` voids every token issued below it; `scopes[s]` only those that carry the scope `s`; `grants[g]`
    only those that were issued by the grant type `g`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: VersionBound = 0
    scopes: dict[str, VersionBound] = Field(default={}, max_length=_MOST)
    grants: dict[str, VersionBound] = Field(default={}, max_length=_MOST)

    def voids(self, issued_from: int, scopes: Iterable[str] = (), grant_type: str | None = None) -> bool:
        """Whether a token issued from version `issued_from`, with these scopes by this grant type, is void."""
        if issued_from < self.version:
            return True
        if self.grants and grant_type is not None and issued_from < self.grants.get(grant_type, 0):
            return True
        return bool(self.scopes) and any(issued_from < self.scopes.get(scope, 0) for scope in scopes)

    def raised_to(self, other: Self) -> Self:
        """The higher of each bound of both."""
        return self.model_copy(
            update={
                "version": max(self.version, other.version),
                "scopes": _highest(self.scopes, other.scopes),
                "grants": _highest(self.grants, other.grants),
            }
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is void."""
        return not (self.version or self.scopes or self.grants)


def _highest(left: dict[str, int], right: dict[str, int]) -> dict[str, int]:
    return {name: max(left.get(name, 0), right.get(name, 0)) for name in left.keys() | right.keys()}
