"""What a service declares of a projection, beside the handlers that maintain it, so that it can be made anew.

USERS = Projection(
    name="users", group_id="receipts", event_types=("user.registered", "user.modified"),
    table="known_user", key=("user_id",), row=users.row,
)
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from grantstream.contracts.events.register import EVENT_TYPES
from grantstream.contracts.events.state import AggregateState, EventData
from grantstream.events.consuming.projections import content_sha256

Row = Callable[[Any, bytes], Mapping[str, Any]]
"""`row(state, content_sha256)`: the whole row of a state, by column. The live upsert and a rebuild both write it.

A value of a `json` or `jsonb` column is what is to be JSON, or a string that is JSON already.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """One table that a consumer group keeps, of the aggregates that some types of event tell of.

    The table is in the schema that the service's connections see first. It has the columns `version` and
    `content_sha256`, and those of `key` name a row. `name` is what commands call it.
    """

    name: str
    group_id: str
    event_types: tuple[str, ...]
    table: str
    key: tuple[str, ...]
    row: Row

    @property
    def topics(self) -> frozenset[str]:
        """Where it is told of."""
        return frozenset(EVENT_TYPES[name].topic.name for name in self.event_types)

    def row_of(self, data: EventData) -> Mapping[str, Any]:
        """The row of what an event of one of these types says. Raises TypeError if that is no aggregate's state."""
        if not isinstance(data, AggregateState):
            raise TypeError(f"{type(data).__name__} is no state that {self.name} could project")
        return self.row(data, content_sha256(data))
