"""`grantstream events`: prints records of topics, and publishes an event."""

from typing import Final

import typer

from grantstream.cli.publish import publish
from grantstream.cli.tail import tail

events: Final = typer.Typer(help="Events on the topics.", no_args_is_help=True)
events.command()(tail)
events.command()(publish)
