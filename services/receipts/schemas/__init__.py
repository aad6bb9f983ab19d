"""The JSON Schemas (2020-12) of receipts, served to clients and used to check what they post.

    *.schema.json    one file a schema; its `$id` is the name by which clients know it
    register.py      which schemas exist, and of which kinds receipts are taken in now
    check.py         checks a receipt against its schema and tells what is wrong, in our own words
    wording.py       those words
    date_times.py    where a schema puts its date-times, for normalising

A kind of receipt is added by adding its file here and its name to `register.RECEIVABLE`. No code knows a kind.
"""
