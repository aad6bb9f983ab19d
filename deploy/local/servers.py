"""PostgreSQL and Kafka for the platform: the embedded ones, or given ones."""

from dataclasses import dataclass

from deploy.local.errors import PlatformError
from deploy.local.kafka_broker import NAME as KAFKA
from deploy.local.kafka_broker import EmbeddedKafka
from deploy.local.postgres_server import NAME as POSTGRES
from deploy.local.postgres_server import EmbeddedPostgres
from deploy.local.processes import Supervisor
from deploy.local.server_access import KafkaAccess, PostgresAccess
from deploy.local.settings import LocalSettings
from deploy.local.steps import Steps


@dataclass(frozen=True)
class Servers:
    """The two servers, ready."""

    postgres: PostgresAccess
    kafka: KafkaAccess
    own_roles: bool
    """Whether PostgreSQL is ours, so that each service gets its own role."""


def start_servers(settings: LocalSettings, supervisor: Supervisor, steps: Steps) -> Servers:
    """Start embedded servers and check given ones; raises PlatformError if one fails."""
    broker = None if settings.kafka_bootstrap_servers else embedded_kafka(settings, supervisor)
    if broker is None:
        supervisor.stop(KAFKA)  # from an earlier start without the setting
        kafka = _given_kafka(settings.kafka_bootstrap_servers or "", steps)
        return Servers(_postgres(settings, supervisor, steps), kafka, settings.postgres_dsn is None)
    with steps.step("Kafka's jars, checked") as step:
        broker.fetch_jars(step.progress)
    # The broker takes seconds to start, and PostgreSQL starts meanwhile.
    launched = broker.launch()
    postgres = _postgres(settings, supervisor, steps)
    with steps.step("Kafka broker") as step:
        broker.wait(launched)
        step.result(broker.bootstrap_servers)
    return Servers(postgres, broker.access, settings.postgres_dsn is None)


def embedded_postgres(settings: LocalSettings, supervisor: Supervisor) -> EmbeddedPostgres:
    """The PostgreSQL server that belongs to these settings, started or not."""
    return EmbeddedPostgres(
        settings.state_dir,
        port=settings.postgres_port,
        supervisor=supervisor,
        durable=settings.postgres_durable,
        start_seconds=settings.start_seconds,
    )


def embedded_kafka(settings: LocalSettings, supervisor: Supervisor) -> EmbeddedKafka:
    """The broker that belongs to these settings, started or not."""
    return EmbeddedKafka(
        settings.state_dir,
        port=settings.kafka_port,
        controller_port=settings.kafka_controller_port,
        supervisor=supervisor,
        jars=settings.jars_dir,
        heap=settings.kafka_heap,
        start_seconds=settings.start_seconds,
    )


def _postgres(settings: LocalSettings, supervisor: Supervisor, steps: Steps) -> PostgresAccess:
    if settings.postgres_dsn is not None:
        supervisor.stop(POSTGRES)
        given = PostgresAccess(settings.postgres_dsn.get_secret_value())
        with steps.step("PostgreSQL, as given by POSTGRES_DSN"):
            if not given.answers():
                raise PlatformError("The PostgreSQL server named by POSTGRES_DSN does not let us in.")
        return given
    server = embedded_postgres(settings, supervisor)
    with steps.step("PostgreSQL") as step:
        server.start()
        step.result(server.address)
    return server.access


def _given_kafka(bootstrap_servers: str, steps: Steps) -> KafkaAccess:
    given = KafkaAccess(bootstrap_servers)
    with steps.step("Kafka, as given by KAFKA_BOOTSTRAP_SERVERS") as step:
        if not given.answers():
            raise PlatformError(f"No Kafka broker answers at {bootstrap_servers} (KAFKA_BOOTSTRAP_SERVERS).")
        step.result(bootstrap_servers)
    return given
