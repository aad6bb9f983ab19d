"""How the product is deployed: `local/` runs all of it on one machine; the rest are files for containers."""
