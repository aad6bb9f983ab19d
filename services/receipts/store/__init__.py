"""The tables of receipts in PostgreSQL.

    queries.sql      every statement, named; queries.py: that file, loaded once
    migrations/      numbered, only ever added to
    schema.py        the migrations to run, the outbox included
    receipts.py      receipts with their processing status

The outbox's table belongs to `grantstream.events`.
"""
