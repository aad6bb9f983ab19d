"""What the shared phases ask of a grant."""

from typing import Protocol

from services.token.domain.grounds import Asking, Grounds
from services.token.domain.scope_decision import ScopeDecision
from services.token.domain.token_answer import IssuedRefreshToken
from services.token.domain.token_request import TokenRequest


class Grant(Protocol):
    """One grant type."""

    async def decide(self, asking: Asking, request: TokenRequest) -> Grounds:
        """On what grounds a token may be issued. Raises TokenRefusal.

        Gives nothing out and spends nothing. What a refusal itself asks for is done here: a failure is counted, and a
        family whose token was used again is ended, which waits until every process has heard of it.
        """
        ...

    async def refresh(self, asking: Asking, grounds: Grounds, decision: ScopeDecision) -> IssuedRefreshToken | None:
        """Spends what can be used once, and writes what goes with the token. Comes right before minting.

        Raises TokenRefusal if somebody else was quicker.
        """
        ...
