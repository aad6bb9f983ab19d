"""What one can ask of receipts, one order or question a file. access.py decides whose receipts a token may touch."""
