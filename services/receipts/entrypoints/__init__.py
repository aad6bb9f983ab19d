"""How HTTP reaches receipts.

post_receipt.py   POST of a receipt: plain ASGI, in front of FastAPI's router, since most requests are this one
reads.py          everything else over HTTP
answers.py        the JSON of receipts, lists, statuses and indexes
large_answers.py  sending those that may be large, a few at a time
problems.py       the one place where an error becomes a status and a text
documented.py     what OpenAPI says beyond what the framework finds out
"""
