"""Names and DSNs of databases."""

from deploy.local.server_access import with_database


def test_role_and_password_are_escaped_in_a_dsn() -> None:
    dsn = with_database("postgresql://admin:a@h:5432/postgres?sslmode=disable", "one", user="me", password="p/@:w")
    assert dsn == "postgresql://me:p%2F%40%3Aw@h:5432/one?sslmode=disable"


def test_without_a_role_the_given_one_stays() -> None:
    assert with_database("postgresql://admin:a@h:5432/postgres", "two") == "postgresql://admin:a@h:5432/two"
