"""`grantstream lag`: how far each consumer group is behind, and how much waits in each outbox."""

import asyncio
from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated

import typer

from grantstream.cli.group_lag import SERVICE_GROUPS, PartitionLag, lag_of
from grantstream.cli.outboxes import Backlog, backlogs
from grantstream.cli.output import AsJson, print_json, print_table
from grantstream.cli.target import DEFAULT_FILE, PlatformFile, Target, read_target


def lag(
    platform: PlatformFile = DEFAULT_FILE,
    group: Annotated[list[str] | None, typer.Option(help="A consumer group; the services' own by default.")] = None,
    partitions: Annotated[bool, typer.Option("--partitions", help="Each partition in a line of its own.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show how far consumers are behind, and what waits in the outboxes."""
    lags, waiting = asyncio.run(_measured(read_target(platform), group or SERVICE_GROUPS))
    if as_json:
        for each in lags:
            print_json(asdict(each) | {"behind": each.behind})
        for backlog in waiting:
            print_json(asdict(backlog))
        return
    print_table(("group", "topic", "partition", "behind"), _rows(lags, partitions))
    if waiting:
        typer.echo("")
        print_table(
            ("outbox", "events", "oldest (s)"), [(each.service, each.size, f"{each.age:.1f}") for each in waiting]
        )


async def _measured(target: Target, groups: Iterable[str]) -> tuple[list[PartitionLag], list[Backlog]]:
    return await lag_of(target.kafka, list(groups)), await backlogs(target.postgres)


def _rows(lags: Iterable[PartitionLag], partitions: bool) -> Iterable[tuple[object, ...]]:
    if partitions:
        return [(each.group, each.topic, each.partition, each.behind) for each in lags]
    sums: dict[tuple[str, str], tuple[int, int]] = {}
    for each in lags:
        count, behind = sums.get((each.group, each.topic), (0, 0))
        sums[each.group, each.topic] = (count + 1, behind + each.behind)
    return [(group, topic, f"all {count}", behind) for (group, topic), (count, behind) in sorted(sums.items())]
