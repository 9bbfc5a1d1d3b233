"""Who may do what: organizations, people, sessions, roles and the Caller of a request."""
