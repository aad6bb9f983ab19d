"""Prints the platform's document: `python -m grantstream.asyncapi > docs/asyncapi.json`."""

import sys

from grantstream.asyncapi.document import platform_document, to_json

if __name__ == "__main__":
    sys.stdout.buffer.write(to_json(platform_document()))
