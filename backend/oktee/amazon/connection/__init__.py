"""Consent, the vault of tokens, and the client of this organization."""
