"""The examples of docs/examples do what they say, on the running platform: a service that reacts to an event."""

from pathlib import Path

from grantstream.testing import eventually
from grantstream.testing.platform_under_test import PlatformUnderTest
from tests.e2e.example_program import EXAMPLES, running

LONGEST = 60


def test_no_example_is_longer_than_what_one_reads_at_once() -> None:
    examples = sorted(EXAMPLES.glob("*.py"))
    assert len(examples) == 2
    assert [path.name for path in examples if len(path.read_text().splitlines()) >= LONGEST] == []


async def test_a_fourth_service_reacts_to_a_disabled_application(
    folder: Path, grantstream_platform: PlatformUnderTest
) -> None:
    app = await grantstream_platform.register_app(name="To be disabled")
    async with running("fourth_service.py", folder=folder) as service:
        await eventually(lambda: service.has_said("listening"))
        await grantstream_platform.set_enabled(app, False)
        await eventually(lambda: service.has_said(f"disabled app {app.client_id}: its version"))
    assert "stopped" in service.said
    assert service.process.returncode == 0
