"""The SQL of this folder: `await QUERIES.<name>(connection, **parameters)`, and the migrations."""

from pathlib import Path

from grantstream.service.service_tables import load_sql

MIGRATIONS, QUERIES = load_sql(Path(__file__).parent)
