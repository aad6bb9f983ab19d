"""The use cases of receipts, one command a file, and the queries of one aggregate in another.

post_receipt.py    stores a receipt with its event
read_receipts.py   reads a receipt, a user's receipts, a processing status
callers.py         whose receipts a token may touch
parts.py           the parts that use cases work with
"""
