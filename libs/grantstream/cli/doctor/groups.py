"""Consumer groups: do they make progress."""

import asyncio
from collections.abc import Sequence
from typing import Final

from aiokafka.errors import KafkaError

from grantstream.cli.doctor.finding import Finding, well, wrong
from grantstream.cli.group_lag import SERVICE_GROUPS, PartitionLag, lag_of
from grantstream.cli.target import Target

_LOOK_AGAIN: Final = 3.0


async def examine_groups(target: Target) -> list[Finding]:
    """Measures twice: a group that is behind and finishes no event in between is stuck."""
    try:
        first = await lag_of(target.kafka, SERVICE_GROUPS)
        if not any(each.behind for each in first):
            return [well(f"No group is behind: {', '.join(sorted({each.group for each in first}))}.")]
        await asyncio.sleep(_LOOK_AGAIN)
        second = await lag_of(target.kafka, SERVICE_GROUPS)
    except (KafkaError, OSError) as error:
        return [wrong(f"The groups' progress can't be read ({type(error).__name__}).")]
    stuck = [group for group in SERVICE_GROUPS if _is_stuck(group, first, second)]
    return [_sentence(group, second) for group in stuck] or [well("Groups that are behind are catching up.")]


def _is_stuck(group: str, first: Sequence[PartitionLag], second: Sequence[PartitionLag]) -> bool:
    """Whether some partition is behind and its committed offset stands still."""
    before = {(each.topic, each.partition): each for each in first if each.group == group}
    return any(
        each.behind
        and (earlier := before.get((each.topic, each.partition)))
        and earlier.behind
        and each.committed == earlier.committed
        for each in second
        if each.group == group
    )


def _sentence(group: str, lags: Sequence[PartitionLag]) -> Finding:
    behind = sum(each.behind for each in lags if each.group == group)
    topics = sorted({each.topic for each in lags if each.group == group and each.behind})
    return wrong(f"The consumers of {group} are {behind} events behind on {', '.join(topics)}, and do not move.")
