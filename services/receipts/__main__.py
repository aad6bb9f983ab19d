"""`python -m services.receipts http|worker|migrate|rebuild|projections`; settings come from the environment."""

from grantstream.service.commands import service_commands
from services.receipts.bootstrap import worker_parts
from services.receipts.projections import PROJECTIONS
from services.receipts.settings import ReceiptsSettings
from services.receipts.store.schema import MIGRATIONS

commands = service_commands(
    ReceiptsSettings,
    http_app="services.receipts.bootstrap:http_app",
    worker_parts=worker_parts,
    migrations=MIGRATIONS,
    projections=PROJECTIONS,
)

if __name__ == "__main__":
    commands()
