"""`python -m services.registration http|worker|migrate|rebuild|projections`; settings come from the environment."""

from grantstream.service.commands import service_commands
from services.registration.bootstrap import worker_parts
from services.registration.projections import PROJECTIONS
from services.registration.settings import RegistrationSettings
from services.registration.store.schema import MIGRATIONS

commands = service_commands(
    RegistrationSettings,
    http_app="services.registration.bootstrap:http_app",
    worker_parts=worker_parts,
    migrations=MIGRATIONS,
    projections=PROJECTIONS,
)

if __name__ == "__main__":
    commands()
