"""Alarms: what looks like misuse, and what is overdue, is told once per cause to those who can act."""
