"""The least of a token service that the processes of receipts start with: its keys, and event tokens for anybody."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import jwt

from grantstream.proof.jws import jwk_thumbprint
from grantstream.testing import Mint
from grantstream.testing.mint import EVERY_KEY, producer_claims


@contextmanager
def token_service(mint: Mint) -> Iterator[str]:
    """Serves until the block ends; gives its URL."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({"keys": [mint.jwk]})

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            shown = jwt.get_unverified_header(self.headers["DPoP"])["jwk"]
            claims = producer_claims(
                subject="receipts",
                client_id="receipts",
                key_space=(*EVERY_KEY, "instance/*"),
                confirmation_thumbprint=jwk_thumbprint(shown),
            )
            self._answer({"access_token": mint.token(claims), "expires_in": 1800, "token_type": "DPoP"})

        def _answer(self, content: dict[str, object]) -> None:
            body = json.dumps(content).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
