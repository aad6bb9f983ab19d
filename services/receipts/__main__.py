"""`python -m services.receipts http|worker|migrate|rebuild|republish|projections`; settings: the environment."""

from grantstream.service.commands import service_commands
from services.receipts.bootstrap import TABLES, worker_parts
from services.receipts.settings import ReceiptsSettings

commands = service_commands(
    ReceiptsSettings, TABLES, http_app="services.receipts.bootstrap:http_app", worker_parts=worker_parts
)

if __name__ == "__main__":
    commands()
