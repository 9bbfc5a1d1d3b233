"""The one clock of the process: aware UTC instants."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present instant in UTC. Leases and due times use the database's clock instead (trust/RELIABILITY 3)."""
    return datetime.now(UTC)
