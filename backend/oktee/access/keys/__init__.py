"""API keys of the customer's own systems: what they look like, where they are kept, what they open."""
