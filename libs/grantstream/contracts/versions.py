"""The counters of aggregates: from 1, and no larger than a database's bigint, so that each can be kept."""

from typing import Annotated, Final

from pydantic import Field

LARGEST_VERSION: Final = 2**63 - 1

Version = Annotated[int, Field(ge=1, le=LARGEST_VERSION)]
"""The version of an aggregate."""

VersionBound = Annotated[int, Field(ge=0, le=LARGEST_VERSION)]
"""What versions are compared with; 0 is below all of them."""
