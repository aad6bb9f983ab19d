"""`python -m services.registration http|worker|migrate|rebuild|republish|projections`; settings: the environment."""

from grantstream.service.commands import service_commands
from services.registration.bootstrap import TABLES, worker_parts
from services.registration.settings import RegistrationSettings

commands = service_commands(
    RegistrationSettings, TABLES, http_app="services.registration.bootstrap:http_app", worker_parts=worker_parts
)

if __name__ == "__main__":
    commands()
