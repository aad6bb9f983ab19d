"""Receipts: stores merchants' receipts of users' purchases, and lets clients read them.

Owns (database `receipts`): receipts with their processing status, and the schemas that describe them. Users belong to
the token service; this service has only a projection of them. It has no images and no processing pipeline yet: a
receipt is data, and readable at once.

    GET   /receipts/  /receipts/v4               the service index
    GET   /receipts/schemas[/{schemaId}]         the schema index, one schema
    POST  /receipts/v4/users/{userId}            posts a receipt (the hot path: entrypoints/post_receipt.py)
    GET   /receipts/v4/users/{userId}            a user's receipts, 50 or 4 MB a page, newest first
    GET   /receipts/v4/users/{userId}/page/{p}   the pages that follow
    GET   /receipts/v4/{receiptId}               one receipt
    GET   /receipts/v4/status/{receiptId}        its processing status

Publishes receipt.posted. Consumes user.registered, user.modified. It consumes no app.* topic: the tokens of a disabled
application are refused because their `enablement_version` is below the fence's bound.

    schemas/       the JSON Schemas, the validation by them, and the accepted kinds of receipts
    domain/        the rules: how a receipt is stored, how a Link names a schema, where a page starts
    use_cases/     one command or query a file; one file decides whose receipts a token may touch
    store/         queries.sql, migrations/, a module of named functions per aggregate
    entrypoints/   HTTP
    projections.py the tables made from other services' events
    bootstrap.py   assembles the parts
    settings.py    the settings; errors.py: the errors
"""
