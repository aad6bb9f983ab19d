"""Deployment: `local/` runs the whole product on one machine; the rest are files for containers."""
