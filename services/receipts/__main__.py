"""`python -m services.receipts http|worker|migrate`: a process of receipts, or its database brought up to date.

Settings come from the environment, see `settings.py`.
"""

import argparse
import sys

from grantstream.service.errors import MigrationFailed
from grantstream.service.http_server import run_http
from grantstream.service.migrations import migrate
from grantstream.service.settings import settings_or_exit
from grantstream.service.worker import run_worker
from services.receipts.settings import ReceiptsSettings
from services.receipts.store.schema import MIGRATIONS


def main() -> None:
    """Does what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m services.receipts", description="Takes in and hands out receipts.")
    roles = parser.add_subparsers(dest="command", required=True)
    roles.add_parser("http", help="serve the API")
    roles.add_parser("worker", help="publish events and follow users")
    roles.add_parser("migrate", help="bring the database up to date and end")
    command = parser.parse_args().command
    settings = settings_or_exit(ReceiptsSettings)
    match command:
        case "http":
            run_http("services.receipts.bootstrap:http_app", settings)
        case "worker":
            _work(settings)
        case "migrate":
            _migrate(settings)


def _work(settings: ReceiptsSettings) -> None:
    # Only here: a server's workers decide on their own import of the metrics whether these are shared.
    from services.receipts.bootstrap import worker_parts

    run_worker(worker_parts, settings)


def _migrate(settings: ReceiptsSettings) -> None:
    try:
        migrate(settings.postgres_dsn, *MIGRATIONS)
    except MigrationFailed as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
