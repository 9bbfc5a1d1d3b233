"""Data keys of organizations, the providers that wrap them, and the secrets sealed under them."""
