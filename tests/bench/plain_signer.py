"""The least that a token endpoint could do: parse a form, check a digest, sign ES256. No rules, no state, no errors."""

import base64
import hashlib
import hmac
import os
import sys
import time
import uuid
from typing import Any
from urllib.parse import parse_qsl

import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

KEY = ec.generate_private_key(ec.SECP256R1())
ECDSA = ec.ECDSA(hashes.SHA256())
SECRET = os.environ.get("BENCH_SECRET", "secret")
DIGEST = hashlib.sha256(SECRET.encode()).digest()


def base64url(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


HEADER = base64url(orjson.dumps({"alg": "ES256", "typ": "at+jwt", "kid": "bench"}))


def sign(payload: dict[str, Any]) -> str:
    signing_input = HEADER + b"." + base64url(orjson.dumps(payload))
    r, s = decode_dss_signature(KEY.sign(signing_input, ECDSA))
    return (signing_input + b"." + base64url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))).decode()


async def application(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    form = dict(parse_qsl((await receive())["body"].decode()))
    if not hmac.compare_digest(hashlib.sha256(form["client_secret"].encode()).digest(), DIGEST):
        raise ValueError("not the secret")
    now = int(time.time())
    token = sign(
        {
            "iss": "http://platform.test",
            "sub": form["client_id"],
            "aud": "urn:grantstream:api",
            "client_id": form["client_id"],
            "jti": str(uuid.uuid4()),
            "iat": now,
            "nbf": now,
            "exp": now + 3600,
            "scope": "openid receipts.write",
        }
    )
    answer = {"expires_in": 3600, "scope": "openid receipts.write", "token_type": "Bearer", "access_token": token}
    body = orjson.dumps(answer)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def serve(port: int) -> None:
    from granian.constants import HTTPModes, Interfaces, Loops
    from granian.server.mp import MPServer

    MPServer(
        "tests.bench.plain_signer:application",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGI,
        workers=1,
        loop=Loops.uvloop,
        http=HTTPModes.http1,
        websockets=False,
    ).serve()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
