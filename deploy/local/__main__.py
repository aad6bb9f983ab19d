"""`python -m deploy.local`: the platform's commands for a person at a terminal."""

import logging
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import psutil
import typer
from rich.console import Console
from rich.table import Table

from deploy.local.errors import PlatformError
from deploy.local.process_record import ProcessRecord
from deploy.local.running_platform import Platform
from deploy.local.services import SERVICES, run_command
from deploy.local.settings import DEFAULT_STATE_DIR, PREFIX, LocalSettings, read_settings
from deploy.local.state_files import PLATFORM_FILE, Description
from deploy.local.steps import Steps

ADDRESSES = ("base", "registration", "token", "receipts", "kafka")
BYTES_A_MEGABYTE = 1_000_000

app = typer.Typer(help="The whole platform on this machine.", no_args_is_help=True, add_completion=False)


@app.command()
def up() -> None:
    """Start everything that isn't running, and leave it running."""
    settings, steps = read_settings(), Steps()
    show_where(Platform(settings, steps=steps).start(), settings, steps)


def show_where(described: Description, settings: LocalSettings, steps: Steps) -> None:
    """Print where everything is, and how to stop it."""
    steps.say("")
    for name in ADDRESSES:
        if name in described:
            documented = f"   {described[name]}/docs" if name in SERVICES else ""
            steps.say(f"{name:>13}  {described[name]}{documented}")
    folder = settings.state_dir
    down = "make down" if folder == DEFAULT_STATE_DIR else f"{PREFIX}STATE_DIR={folder} make down"
    steps.say(f"Logins and clients are in {_relative(folder / PLATFORM_FILE)}. It goes on running; `{down}` stops it.")


def _relative(path: Path) -> str:
    """The path relative to the working directory, if it is below that."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


@app.command()
def down() -> None:
    """Stop everything; the data stay."""
    stopped = Platform(read_settings()).stop()
    Steps().say(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing was running.")


@app.command()
def status() -> None:
    """Show what runs; exit 1 if something that was started has ended."""
    records = Platform(read_settings()).supervisor.records()
    if not records:
        Steps().say("Nothing is running.")
        return
    table = Table("process", "state", "pid", "memory")
    leaders = [(record, record.leader()) for record in records]
    for record, leader in leaders:
        state = "ended" if leader is None else "running"
        table.add_row(record.name, state, str(record.pid), "" if leader is None else _memory(record))
    Console().print(table)
    if not all(leader for _, leader in leaders):
        raise typer.Exit(1)


@app.command()
def logs(
    name: Annotated[str, typer.Argument(help="A process, such as token-http; all if left out.")] = "",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as lines come.")] = False,
) -> None:
    """Show the last lines of the logs."""
    folder = read_settings().state_dir / "logs"
    files = sorted(folder.glob(f"{name or '*'}.log"))
    if not files:
        raise PlatformError(f"There is no log {name or ''} in {folder}.".replace("  ", " "))
    subprocess.run(["tail", "-n", "20", *(["-F"] if follow else []), *map(str, files)], check=False)


@app.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def service(
    name: Annotated[str, typer.Argument(help="registration, token or receipts.")],
    arguments: Annotated[list[str], typer.Argument(help="Such as `keys rotate` or `projections`.")],
) -> None:
    """Run a command of a service with the settings that it has on this platform."""
    raise typer.Exit(run_command(read_settings(), name, arguments))


@app.command()
def demo() -> None:
    """Start everything, then walk through the main job aloud."""
    from deploy.local.demo import walk  # what the demo needs, the other commands don't

    settings, steps = read_settings(), Steps()
    described = Platform(settings, steps=steps).start()
    steps.say("")
    walk(described, steps)
    show_where(described, settings, steps)


def _memory(record: ProcessRecord) -> str:
    """The memory of a process and its workers (shared pages count more than once)."""
    total = 0
    for member in record.members():
        try:
            total += member.memory_info().rss
        except psutil.Error:
            continue
    return f"{total / BYTES_A_MEGABYTE:.0f} MB"


def main() -> int:
    """Run a command; a PlatformError becomes one text on standard error and exit status 1."""
    # The drivers' own log lines about a server that is not there yet add nothing to ours.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        app()
    except PlatformError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
