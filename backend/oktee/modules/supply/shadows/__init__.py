"""Versions of rules in shadow: what they would decide of each order that arrives, noted beside what was decided."""
