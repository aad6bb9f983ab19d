"""Receipts: takes in what merchants send about a user's purchases, and hands it out again.

Owns (database `receipts`): receipts with their processing status, and the schemas that describe them. Users belong to
the token service; here is only a projection of them. Images and the processing pipeline are not here yet: a receipt
is data, and readable at once.

    GET   /receipts/  /receipts/v4               the service index
    GET   /receipts/schemas[/{schemaId}]         the schema index, one schema
    POST  /receipts/v4/users/{userId}            takes in a receipt (the hot path: entrypoints/post_receipt.py)
    GET   /receipts/v4/users/{userId}            a user's receipts, 50 or 4 MB a page, newest first
    GET   /receipts/v4/users/{userId}/page/{p}   the pages that follow
    GET   /receipts/v4/{receiptId}               one receipt
    GET   /receipts/v4/status/{receiptId}        its processing status

Publishes receipt.posted. Consumes user.registered, user.modified. It follows no app.* topic: the tokens of a disabled
application are refused because their `enablement_version` is below what the fence says.

    schemas/       the JSON Schemas and the checking by them; which kinds are taken in
    domain/        the rules: what is kept of a receipt, how a Link names a schema, where a page starts
    use_cases/     one order or question a file; one says whose receipts a token may touch
    store/         queries.sql, migrations/, a module of named functions per aggregate
    entrypoints/   HTTP
    projections.py what is kept of other services' events
    bootstrap.py   the parts list
    settings.py    what the environment sets; errors.py: what is refused
"""
