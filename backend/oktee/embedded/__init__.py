"""A real PostgreSQL and a real Valkey from wheels, for the demo and the tests: no Docker, no root needed, root tolerated."""
