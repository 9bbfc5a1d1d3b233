"""The fixtures of these tests live in connecting.py, so that the screen's tests use the same."""

from amazon.connection.connecting import (
    an_owner,
    another_organizations_browser,
    oktee_app,
    owners_browser,
    simulated_amazon,
)

__all__ = ["an_owner", "another_organizations_browser", "oktee_app", "owners_browser", "simulated_amazon"]
