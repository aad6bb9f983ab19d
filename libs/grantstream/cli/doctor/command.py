"""The command: runs all examinations and prints their findings."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from typing import Final

import typer
from rich.text import Text

from grantstream.cli.doctor.brokers import examine_brokers
from grantstream.cli.doctor.databases import examine_databases
from grantstream.cli.doctor.finding import Examination, Finding, Weight, wrong
from grantstream.cli.doctor.groups import examine_groups
from grantstream.cli.doctor.issuer import examine_issuer
from grantstream.cli.doctor.letters import examine_letters
from grantstream.cli.doctor.on_fence import examine_fence
from grantstream.cli.doctor.processes import examine_processes
from grantstream.cli.output import AsJson, print_json, print_line
from grantstream.cli.target import DEFAULT_FILE, PlatformFile, Target, read_target

EXAMINATIONS: Final[Mapping[str, Examination]] = {
    "Kafka": examine_brokers,
    "PostgreSQL": examine_databases,
    "services": examine_processes,
    "issuer": examine_issuer,
    "fence": examine_fence,
    "consumers": examine_groups,
    "dead letters": examine_letters,
}
_NEED_KAFKA: Final = frozenset({"fence", "consumers", "dead letters"})
_LIMIT: Final = 30.0
_STYLES: Final[Mapping[Weight, str]] = {"well": "green", "warning": "yellow", "wrong": "bold red"}


def doctor(platform: PlatformFile = DEFAULT_FILE, as_json: AsJson = False) -> None:
    """Look for what is wrong with a platform; exit status 1 if anything is."""
    findings = asyncio.run(_examine_all(read_target(platform), quiet=as_json))
    if as_json:
        for name, finding in findings:
            print_json({"about": name} | asdict(finding))
    if any(finding.weight == "wrong" for _, finding in findings):
        raise typer.Exit(1)


async def _examine_all(target: Target, *, quiet: bool) -> list[tuple[str, Finding]]:
    """Runs the examinations one after the other, and prints each finding at once, so that progress is visible."""
    findings: list[tuple[str, Finding]] = []
    for name, examine in EXAMINATIONS.items():
        if name in _NEED_KAFKA and _kafka_is_down(findings):
            continue
        for finding in await _examined(name, examine, target):
            findings.append((name, finding))
            if not quiet:
                _print(name, finding)
    return findings


async def _examined(name: str, examine: Examination, target: Target) -> list[Finding]:
    try:
        async with asyncio.timeout(_LIMIT):
            return await examine(target)
    except TimeoutError:
        return [wrong(f"Nothing could be learned about {name} within {_LIMIT:.0f} s.")]


def _kafka_is_down(findings: list[tuple[str, Finding]]) -> bool:
    return any(
        name == "Kafka" and finding.weight == "wrong" and "answers" in finding.sentence for name, finding in findings
    )


def _print(name: str, finding: Finding) -> None:
    print_line(Text(f"{finding.weight:>7}  ", style=_STYLES[finding.weight]) + Text(f"{name}: {finding.sentence}"))
