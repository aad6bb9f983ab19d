"""What receipts keeps in PostgreSQL: receipts with their status, and the projection of users."""
