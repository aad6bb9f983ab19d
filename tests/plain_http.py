"""Requests over plain HTTP, each on a connection of its own, so that any process behind a port may answer.

By default httpx reads every certificate authority there is for each of them, which takes longer than all the rest.
"""

from functools import partial
from typing import Final

import httpx

get: Final = partial(httpx.get, verify=False)
post: Final = partial(httpx.post, verify=False)
