"""The answer protocol as a deterministic simulation: one process, a clock, a network, a database and an Amazon by seed."""
