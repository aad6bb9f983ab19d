"""A legacy portal, which registers applications in a system of its own, publishes one to the platform.

    make up                                                       # a platform on this machine
    export PORTAL_CLIENT_ID=...  PORTAL_CLIENT_SECRET=...         # docs/producers.md, "Becoming a producer"
    .venv/bin/python docs/examples/legacy_portal.py "Expense Wizard"

Staff gave the portal's client the scope `app.event.writeonly` and the key space `app/portal-*`: so it may publish
events about applications whose id begins with `portal-`, and about no others.
"""

import asyncio
import os
import sys
import uuid
from datetime import UTC, datetime

from grantstream.contracts.events.registration import AppRegistered, Visibility
from grantstream.events import ClientCredentialsToken, ClientSecret, PlatformAddresses, Publisher


def registered(name: str) -> AppRegistered:
    """The event: the application's whole state in its first version. A consumer keeps only the newest version."""
    now = datetime.now(UTC)
    return AppRegistered(
        app_id=f"portal-{uuid.uuid4()}",
        version=1,
        company_id="legacy-portal",
        company_domain="portal.example",
        name=name,
        description="Registered in the legacy portal",
        active=True,
        visibility=Visibility.PRIVATE,
        apis=(),
        sensitive_data_groups=(),
        scopes=("receipts.read",),
        allowed_grants=("client_credentials",),
        redirect_uris=(),
        environment="production",
        secrets=(),
        created_at=now,
        updated_at=now,
    )


async def main(name: str) -> None:
    """Publishes it, and prints its place once the broker has it."""
    platform = PlatformAddresses.from_file(".local/platform.json")
    portal, secret = os.environ["PORTAL_CLIENT_ID"], ClientSecret(os.environ["PORTAL_CLIENT_SECRET"])
    credentials = ClientCredentialsToken(platform.token_url, portal, secret, scopes=["app.event.writeonly"])
    async with credentials, Publisher(platform.bootstrap_servers, credentials) as publisher:
        event = registered(name)
        place = await publisher.publish(event)
    print(f"{event.app_id} stands in {place.topic}, partition {place.partition}, offset {place.offset}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
