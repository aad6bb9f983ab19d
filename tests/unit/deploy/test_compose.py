"""docker-compose.yml and what it mounts fit together, and fit the product."""

import importlib
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from deploy.compose_env import MADE
from grantstream.service.settings import SECRETS_DIR, ServiceSettings
from services.receipts.settings import ReceiptsSettings
from services.registration.settings import RegistrationSettings
from services.token.settings import TokenSettings
from tests.unit.deploy.compose_file import (
    COMPOSE,
    ONE_SHOT,
    PRODUCT,
    ROLES,
    ROOT,
    SERVICES,
    interpolated,
    starts_before,
    waits_for,
)

SETTINGS: Mapping[str, type[ServiceSettings]] = {
    "registration": RegistrationSettings,
    "token": TokenSettings,
    "receipts": ReceiptsSettings,
}


def settings_of(name: str) -> type[ServiceSettings] | None:
    """The settings that the process of a compose service reads; None for the commands that read none."""
    command = SERVICES[name]["command"]
    reads = command[0].startswith("services.") and command[1] != "init-clients"
    return SETTINGS[command[0].removeprefix("services.")] if reads else None


def test_both_roles_of_each_service_run() -> None:
    assert sorted(f"{name}-{role}" for name in SETTINGS for role in ("http", "worker")) == ROLES
    assert all(SERVICES[name]["command"] == [f"services.{(n := name.split('-'))[0]}", n[1]] for name in ROLES)


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_service_has_a_health_check_or_is_one_shot(name: str) -> None:
    health = SERVICES[name]["healthcheck"]
    if name in ONE_SHOT:
        assert health == {"disable": True}
        assert SERVICES[name]["restart"] == "no"
    else:
        assert health["test"][0] in {"CMD", "CMD-SHELL"}
        assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_dependencies_are_satisfiable_and_not_circular(name: str) -> None:
    for other, condition in waits_for(name).items():
        assert condition == ("service_completed_successfully" if other in ONE_SHOT else "service_healthy")
    assert name not in starts_before(name)


@pytest.mark.parametrize("name", ROLES)
def test_a_role_starts_after_migration_topics_and_clients(name: str) -> None:
    service = name.split("-")[0]
    before = starts_before(name)
    assert {"postgres", "kafka-1", "kafka-2", "kafka-3", "topics", "setup", f"{service}-migrate"} <= before
    assert service == "token" or "token-http" in before


@pytest.mark.parametrize("name", sorted(PRODUCT))
def test_every_variable_is_one_that_the_settings_know(name: str) -> None:
    given = SERVICES[name].get("environment", {})
    settings = settings_of(name)
    if settings is None:
        assert set(given) <= {"GRANTSTREAM_KAFKA_BOOTSTRAP_SERVERS"}
        return
    fields = {f"GRANTSTREAM_{field.upper()}": field for field in settings.model_fields}
    assert set(given) - {SECRETS_DIR} <= set(fields)
    # What set-up hands out as a file comes from the folder of secrets.
    handed_out = {"GRANTSTREAM_CLIENT_ID"} if SECRETS_DIR in given else set()
    required = {variable for variable, field in fields.items() if settings.model_fields[field].is_required()}
    assert required <= set(given) | handed_out


@pytest.mark.parametrize("name", sorted(PRODUCT))
def test_every_command_is_a_module_of_the_product(name: str) -> None:
    module = SERVICES[name]["command"][0]
    assert importlib.util.find_spec(module) is not None


@pytest.mark.parametrize("name", sorted(PRODUCT))
def test_our_containers_have_no_rights_they_do_not_need(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", sorted(PRODUCT))
def test_a_service_mounts_only_its_own_clients_folder(name: str) -> None:
    if name in {"setup", "topics"}:
        return
    service = SERVICES[name]["command"][0].removeprefix("services.")
    assert SERVICES[name]["volumes"] == [f"{service}-client:/var/lib/grantstream/clients/{service}:ro"]


def test_compose_uses_exactly_the_generated_passwords() -> None:
    assert interpolated((ROOT / "docker-compose.yml").read_text()) == set(MADE)


def test_images_of_others_are_pinned_to_a_version() -> None:
    for name, service in SERVICES.items():
        if name not in PRODUCT:
            assert re.search(r":v?\d+\.\d+(\.\d+)?$", service["image"]), service["image"]


def test_only_this_machine_can_reach_a_published_port() -> None:
    for service in SERVICES.values():
        for port in service.get("ports", []):
            assert port.startswith(("127.0.0.1:", "${GRANTSTREAM_PUBLISH:-127.0.0.1:")), port


def test_mounted_paths_exist_and_volumes_are_declared() -> None:
    mounted = [volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])]
    for source in mounted:
        assert (ROOT / source).exists() if source.startswith("./") else source in COMPOSE["volumes"], source
    assert set(COMPOSE["volumes"]) <= set(mounted)


def test_the_proxy_is_given_every_placeholder_of_its_routes() -> None:
    placeholders = re.findall(r"\{\$([A-Z_]+)", (ROOT / "deploy/proxy/Caddyfile").read_text())
    given = SERVICES["proxy"]["environment"]
    assert set(placeholders) == {name for name in given if name.startswith("GRANTSTREAM_")}
    for name in SETTINGS:
        assert given[f"GRANTSTREAM_{name.upper()}_UPSTREAM"] == f"{name}-http:8080"


def test_three_brokers_form_a_durable_cluster() -> None:
    """They differ in their id and address only, and a write needs two of them."""
    brokers = [SERVICES[f"kafka-{number}"]["environment"] for number in (1, 2, 3)]
    assert [broker["KAFKA_NODE_ID"] for broker in brokers] == [1, 2, 3]
    for number, broker in enumerate(brokers, 1):
        assert f"//kafka-{number}:9092" in broker["KAFKA_ADVERTISED_LISTENERS"]
        assert broker["KAFKA_MIN_INSYNC_REPLICAS"] == 2
        assert broker["KAFKA_LOG_MESSAGE_TIMESTAMP_TYPE"] == "LogAppendTime"
        own = {"KAFKA_NODE_ID", "KAFKA_ADVERTISED_LISTENERS"}
        assert {k: v for k, v in broker.items() if k not in own} == COMPOSE["x-kafka-environment"]
    assert "--replication=3" in SERVICES["topics"]["command"]


def test_a_lost_broker_is_noticed_before_the_fence_is_stale() -> None:
    timeout = COMPOSE["x-kafka-environment"]["KAFKA_BROKER_SESSION_TIMEOUT_MS"] / 1000
    assert timeout < ServiceSettings.model_fields["fence_max_staleness"].default / 2


def test_each_service_has_its_own_database() -> None:
    script = (ROOT / "deploy/postgres/10-databases.sql").read_text()
    passwords = set(re.findall(r"\\getenv \w+ (\w+)", script))
    given = set(SERVICES["postgres"]["environment"]) - {"POSTGRES_PASSWORD"}
    assert passwords == given == {f"GRANTSTREAM_{name.upper()}_PASSWORD" for name in SETTINGS}
    for name in SETTINGS:
        assert f"create database grantstream_{name} owner grantstream_{name};" in script
        assert f"//grantstream_{name}:" in SERVICES[f"{name}-http"]["environment"]["GRANTSTREAM_POSTGRES_DSN"]


def test_prometheus_asks_every_role_on_its_port() -> None:
    config = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
    asked = {
        target: sd["port"] for job in config["scrape_configs"] for sd in job["dns_sd_configs"] for target in sd["names"]
    }
    ports = {role: ServiceSettings.model_fields[f"{role}_port"].default for role in ("http", "worker")}
    assert asked == {name: ports[name.split("-")[1]] for name in ROLES}
    assert all((ROOT / "deploy/prometheus" / Path(name)).exists() for name in config["rule_files"])
