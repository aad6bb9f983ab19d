"""Before anything starts: all taken ports are reported at once, and a platform keeps its issuer."""

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest
from pydantic import SecretStr

from deploy.local.errors import PlatformError, PortTaken
from deploy.local.ports import LOOPBACK
from deploy.local.services import SERVICES
from deploy.local.settings import LocalSettings
from deploy.local.start_checks import (
    explained,
    keep_issuer,
    kept_issuer,
    require_free_ports,
    require_same_issuer,
    wanted_ports,
)


@pytest.fixture
def settings(tmp_path: Path) -> LocalSettings:
    (tmp_path / "postgres").mkdir()
    return LocalSettings.on_free_ports(tmp_path)


@pytest.fixture
def bound(settings: LocalSettings) -> LocalSettings:
    """Of a platform that was started before."""
    keep_issuer(settings)
    return settings


@pytest.fixture
def strangers() -> Iterator[ExitStack]:
    """Servers of somebody else, as `_listen` opens them."""
    with ExitStack() as held:
        yield held


def _listen(held: ExitStack, *ports: int) -> None:
    for port in ports:
        server = held.enter_context(socket.socket())
        server.bind((LOOPBACK, port))
        server.listen()


def _told(settings: LocalSettings) -> str:
    with pytest.raises(PortTaken) as raised:
        require_free_ports(settings, SERVICES, [])
    return str(raised.value)


def test_every_taken_port_is_listed_with_holder_and_setting(settings: LocalSettings, strangers: ExitStack) -> None:
    _listen(strangers, settings.kafka_port, settings.token_worker_port)
    told = _told(settings).splitlines()
    assert told[0].startswith("Nothing was started")
    assert [line.split(",")[0] for line in told[1:-1]] == sorted(
        [
            f"  {settings.kafka_port}  GRANTSTREAM_LOCAL_KAFKA_PORT: process {os.getpid()}",
            f"  {settings.token_worker_port}  GRANTSTREAM_LOCAL_TOKEN_WORKER_PORT: process {os.getpid()}",
        ]
    )


def test_one_setting_that_moves_them_all_is_proposed(settings: LocalSettings, strangers: ExitStack) -> None:
    _listen(strangers, settings.kafka_port)
    assert "GRANTSTREAM_LOCAL_PORT_BASE=" in _told(settings)
    assert "PROXY_PORT" not in _told(settings)


def test_the_proxy_stays_where_the_issuer_says_it_is(settings: LocalSettings, strangers: ExitStack) -> None:
    keep_issuer(settings)
    _listen(strangers, settings.kafka_port)
    assert f"GRANTSTREAM_LOCAL_PROXY_PORT={settings.proxy_port}" in _told(settings)
    _listen(strangers, settings.proxy_port)
    assert "GRANTSTREAM_LOCAL_STATE_DIR" in _told(settings)


def test_what_the_platform_itself_holds_is_not_taken(settings: LocalSettings, strangers: ExitStack) -> None:
    _listen(strangers, settings.kafka_port)
    require_free_ports(settings, SERVICES, [psutil.Process()])


def test_a_port_that_two_want_is_told(settings: LocalSettings) -> None:
    told = _told(settings.model_copy(update={"token_port": settings.proxy_port}))
    assert told.count("wanted more than once") == 2


def test_every_port_setting_is_asked_about(settings: LocalSettings) -> None:
    ports = {name for name in LocalSettings.model_fields if name.endswith("_port")}
    assert set(wanted_ports(settings, SERVICES)) == ports


def test_a_given_server_needs_no_port_here(settings: LocalSettings) -> None:
    given = settings.model_copy(update={"postgres_dsn": "postgresql://h/d", "kafka_bootstrap_servers": "k:1"})
    assert not {"postgres_port", "kafka_port", "kafka_controller_port"} & set(wanted_ports(given, SERVICES))


def _refused(settings: LocalSettings) -> str:
    with pytest.raises(PlatformError) as raised:
        require_same_issuer(settings)
    return str(raised.value)


def test_the_same_issuer_is_fine_again(bound: LocalSettings) -> None:
    require_same_issuer(bound)


def test_a_changed_issuer_names_its_setting_and_the_reset(bound: LocalSettings) -> None:
    """The reset is how to start empty."""
    by_port = _refused(LocalSettings(state_dir=bound.state_dir, proxy_port=9510))
    assert "by GRANTSTREAM_LOCAL_PROXY_PORT." in by_port
    assert f"GRANTSTREAM_LOCAL_PROXY_PORT={bound.proxy_port}" in by_port
    assert f"`make down`, then delete {bound.state_dir}" in by_port
    assert "by GRANTSTREAM_LOCAL_PORT_BASE." in _refused(LocalSettings(state_dir=bound.state_dir, port_base=9500))


def test_a_given_database_has_an_issuer_of_its_own(bound: LocalSettings) -> None:
    given = bound.model_copy(update={"postgres_dsn": SecretStr("postgresql://h/d"), "proxy_port": 9510})
    assert kept_issuer(given) is None
    require_same_issuer(given)


def test_a_services_word_about_its_base_url_is_translated(bound: LocalSettings) -> None:
    told = explained(PlatformError("the issuer is A, and GRANTSTREAM_BASE_URL says B"), bound)
    assert str(told).startswith("the issuer is A")
    assert "GRANTSTREAM_LOCAL_PROXY_PORT" in str(told)
    other = PlatformError("no database")
    assert explained(other, bound) is other
