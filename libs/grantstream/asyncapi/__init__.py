"""The platform's topics as an AsyncAPI 3.0 document, made from the registers of `grantstream.contracts`.

    document.py    the whole document, of the platform or of one service; as a command: `python -m grantstream.asyncapi`
    channels.py    one channel a topic, and one for its dead letters
    operations.py  who sends to a channel and who receives from it, and which scope that needs
    messages.py    one message an event type: its key, its headers, the schema of its data
    headers.py     the schemas of the headers
    references.py  how parts are named, and point at each other

FastStream makes such documents too. Of our consumers, which read several topics in batches and judge raw records, it
knows neither the headers, nor keys, nor scopes, nor which event is on which topic (docs/decisions, AsyncAPI).
"""

from grantstream.asyncapi.document import platform_document, service_document, to_json

__all__ = ["platform_document", "service_document", "to_json"]
