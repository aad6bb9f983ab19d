"""The JSON Schemas (2020-12) of receipts, which clients can read and posted receipts must fit.

    *.schema.json    one file a schema; its `$id` is its public identifier
    register.py      the schemas, and the accepted kinds of receipts
    check.py         validates a receipt and lists its violations
    wording.py       the messages of violations
    date_times.py    the places of date-times in a schema, for normalisation

To add a kind of receipt, add its file here and its name to `register.RECEIVABLE`; no code is needed.
"""
