"""The proxy's port is part of the issuer, which a platform keeps."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from deploy.local.errors import PlatformError
from deploy.local.kept_issuer import explained, keep_issuer, kept_issuer, require_same_issuer
from deploy.local.settings import LocalSettings


@pytest.fixture
def settings(tmp_path: Path) -> LocalSettings:
    (tmp_path / "postgres").mkdir()
    found = LocalSettings.on_free_ports(tmp_path)
    keep_issuer(found)
    return found


def _refused(settings: LocalSettings) -> str:
    with pytest.raises(PlatformError) as raised:
        require_same_issuer(settings)
    return str(raised.value)


def test_the_same_issuer_is_fine_again(settings: LocalSettings) -> None:
    require_same_issuer(settings)


def test_a_changed_issuer_names_its_setting_and_the_reset(settings: LocalSettings) -> None:
    """The reset is how to start empty."""
    by_port = _refused(LocalSettings(state_dir=settings.state_dir, proxy_port=9510))
    assert "by GRANTSTREAM_LOCAL_PROXY_PORT." in by_port
    assert f"GRANTSTREAM_LOCAL_PROXY_PORT={settings.proxy_port}" in by_port
    assert f"`make down`, then delete {settings.state_dir}" in by_port
    assert "by GRANTSTREAM_LOCAL_PORT_BASE." in _refused(LocalSettings(state_dir=settings.state_dir, port_base=9500))


def test_a_given_database_has_an_issuer_of_its_own(settings: LocalSettings) -> None:
    given = settings.model_copy(update={"postgres_dsn": SecretStr("postgresql://h/d"), "proxy_port": 9510})
    assert kept_issuer(given) is None
    require_same_issuer(given)


def test_a_services_word_about_its_base_url_is_translated(settings: LocalSettings) -> None:
    told = explained(PlatformError("the issuer is A, and GRANTSTREAM_BASE_URL says B"), settings)
    assert str(told).startswith("the issuer is A")
    assert "GRANTSTREAM_LOCAL_PROXY_PORT" in str(told)
    other = PlatformError("no database")
    assert explained(other, settings) is other
