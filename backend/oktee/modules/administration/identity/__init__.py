"""A person's own account: signing in, factors, password, sessions, preferences. None of it belongs to a workspace."""
