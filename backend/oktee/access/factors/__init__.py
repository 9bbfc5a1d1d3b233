"""Second factors of a person: authenticator apps, passkeys and recovery codes."""
