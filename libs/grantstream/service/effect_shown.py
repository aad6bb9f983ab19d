"""How answers tell how far a change has come."""

from pydantic import BaseModel, ConfigDict, Field

from grantstream.fence import Pending
from grantstream.service.effect import Effect


class ShownPending(BaseModel):
    """A process that has not said yet that it goes by a change."""

    model_config = ConfigDict(frozen=True)

    service: str
    role: str
    instance: str

    @classmethod
    def of(cls, pending: Pending) -> "ShownPending":
        """A process as answers name it."""
        return cls(service=pending.service, role=pending.role, instance=pending.instance_id)


class ShownEffect(BaseModel):
    """How far a change has come."""

    model_config = ConfigDict(frozen=True)

    reached: bool = Field(description="No process anywhere goes by an older state.")
    published: bool = Field(description="The change has been read on the fence.")
    pending: list[ShownPending] = Field(description="Processes that have not said yet that they go by it.")

    @classmethod
    def of(cls, effect: Effect) -> "ShownEffect":
        """An effect as it is now."""
        pending = [ShownPending.of(one) for one in effect.pending]
        return cls(reached=effect.reached, published=effect.published, pending=pending)


def server_timing(effect: Effect) -> str:
    """The value of the header Server-Timing (W3C): how many milliseconds it took until every process knew."""
    return f'fence;dur={effect.waited * 1000:.1f};desc="known everywhere"'
