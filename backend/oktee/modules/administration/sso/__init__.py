"""Company sign-in: its settings, and the way through it."""
