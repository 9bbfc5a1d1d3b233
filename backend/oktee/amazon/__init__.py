"""Everything Amazon, and only here: the SP-API client, the connection to an account, and the mirror of its data."""
