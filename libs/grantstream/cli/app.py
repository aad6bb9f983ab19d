"""The command `grantstream`: all its commands, and how an error becomes one sentence."""

import logging
import sys
from typing import Final

import typer
from aiokafka.errors import KafkaError

from grantstream.cli.audit import audit
from grantstream.cli.dead import dead
from grantstream.cli.doctor import command as doctor
from grantstream.cli.errors import CommandFailed
from grantstream.cli.lag import lag
from grantstream.cli.publish import publish
from grantstream.cli.rebuild import rebuild
from grantstream.cli.republish import republish
from grantstream.cli.tail import tail
from grantstream.cli.topics import topics
from grantstream.events.errors import EventsError
from grantstream.kafka.errors import TopicFault

events: Final = typer.Typer(help="Events on the topics.", no_args_is_help=True)
events.command()(tail)
events.command()(publish)

app: Final = typer.Typer(
    help="Looks into a Grantstream platform, and repairs it.", no_args_is_help=True, add_completion=False
)
app.add_typer(topics, name="topics")
app.add_typer(events, name="events")
app.add_typer(dead, name="dead")
app.command()(rebuild)
# An application's id may begin with a dash.
app.command(context_settings={"ignore_unknown_options": True})(republish)
app.command(context_settings={"ignore_unknown_options": True})(audit)
app.command()(lag)
app.command()(doctor.doctor)


def main() -> int:
    """Runs a command. An error becomes one text on standard error, and exit status 1."""
    # aiokafka's own log lines about a missing broker add nothing to those of the commands.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    logging.getLogger("grantstream").setLevel(logging.CRITICAL)
    try:
        app()
    except CommandFailed as error:
        return _fail(str(error))
    except (EventsError, TopicFault) as error:
        return _fail(f"{error}.")
    except (KafkaError, TimeoutError) as error:
        return _fail(f"Kafka can't be reached or refused ({type(error).__name__}): `grantstream doctor` looks for why.")
    except BrokenPipeError:
        return 0
    except KeyboardInterrupt:
        return 130
    return 0


def _fail(text: str) -> int:
    print(text, file=sys.stderr)  # noqa: T201 - the command's output
    return 1
