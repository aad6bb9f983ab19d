"""The HTTP API of receipts.

post_receipt.py   POST of a receipt: plain ASGI before FastAPI's router, because most requests are this one
reads.py          all other routes
answers.py        the JSON of receipts, lists, statuses and indexes
large_answers.py  sends large answers piece by piece, with a limit on all together
problems.py       the status and the text of each error
documented.py     additions to the OpenAPI document
"""
