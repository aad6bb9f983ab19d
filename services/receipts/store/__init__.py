"""The tables of receipts in PostgreSQL.

    queries.sql      every statement, named
    migrations/      numbered, only ever added to
    sql.py           loads both
    receipts.py      receipts with their processing status

The outbox's table belongs to `grantstream.events`.
"""
