"""The events of each owner: registration.py, token.py, receipts.py; fence.py for the log that all share.
`state.py` has what all of them have in common.

`register.py` lists every event type with its topic, its model and the version of its schema.
"""
