"""The platform's topics as an AsyncAPI 3.0 document, made from the registers of `grantstream.contracts`.

    document.py    the whole document, of the platform or of one service; as a command: `python -m grantstream.asyncapi`
    channels.py    one channel a topic, and one for its dead letters
    operations.py  who sends to a channel and who receives from it, and which scope that needs
    messages.py    one message an event type: its key, its headers, the schema of its data
    headers.py     the schemas of the headers
    references.py  names of parts, and references between them

FastStream makes such documents too. But our consumers read several topics in batches and judge raw records, so it knows
neither their headers, keys and scopes, nor which event is on which topic (docs/decisions, AsyncAPI).
"""

from grantstream.asyncapi.document import platform_document, service_document, to_json

__all__ = ["platform_document", "service_document", "to_json"]
