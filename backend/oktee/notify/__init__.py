"""What leaves for people and systems: the outbox and the live stream."""
