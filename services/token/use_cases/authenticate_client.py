"""Phase two of the token endpoint: the client shows who it is."""

from dataclasses import dataclass

from services.token import errors
from services.token.domain.client import Client
from services.token.domain.client_authentication import AuthenticationMethod, PresentedCredentials, PresentedSecret
from services.token.domain.grounds import Asking
from services.token.errors import TokenRequestDenied
from services.token.use_cases.client_directory import ClientDirectory
from services.token.use_cases.verify_assertion import AssertionVerifier


@dataclass(frozen=True, slots=True)
class ClientAuthenticator:
    """Judges whatever a client presents."""

    directory: ClientDirectory
    assertions: AssertionVerifier

    async def __call__(self, credentials: PresentedCredentials, now: float) -> Asking:
        """Who asks. Raises TokenRequestDenied: 61 if there is no such client, 64 if it did not show who it is."""
        if isinstance(credentials, PresentedSecret):
            client = await self._find(credentials.client_id, credentials.method)
            return Asking(client, _secret_id(client, credentials, now), now)
        client_id = self.assertions.claimed_client(credentials)
        client = await self._find(client_id, AuthenticationMethod.PRIVATE_KEY_JWT)
        await self.assertions.verify(credentials.assertion, client, now)
        return Asking(client, None, now)

    async def _find(self, client_id: str, method: AuthenticationMethod) -> Client:
        client = await self.directory.find(client_id)
        if client is None:
            raise TokenRequestDenied(errors.CLIENT_NOT_FOUND)
        if not client.methods:
            raise TokenRequestDenied(errors.UNAUTHENTICATED_CLIENT, "the client names no method that exists here")
        if method not in client.methods:
            # A client that registered for signed assertions must not be reachable through a weaker way.
            raise TokenRequestDenied(errors.CLIENT_CREDENTIALS_WRONG, f"not registered for {method.value}")
        return client


def _secret_id(client: Client, presented: PresentedSecret, now: float) -> str | None:
    secret = client.secret_matching(presented.secret, now)
    if secret is None:
        raise TokenRequestDenied(errors.CLIENT_CREDENTIALS_WRONG, "no such secret")
    return secret.secret_id
