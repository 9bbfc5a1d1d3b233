"""The client secret OKTee has at a company's identity provider: sealed under the organization's data key."""

from typing import Final

CLIENT_SECRET: Final = "sso_client_secret"  # noqa: S105 - the kind of a secret
OWNER: Final = "sso_provider"
