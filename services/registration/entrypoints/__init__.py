"""The entry points of registration: `api/` has the HTTP API."""
