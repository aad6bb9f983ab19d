"""How the outside reaches registration: `api/`, by HTTP."""
