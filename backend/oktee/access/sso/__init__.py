"""Signing in with the identity provider of a company (OpenID Connect)."""
