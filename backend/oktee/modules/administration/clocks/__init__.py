"""Compliance clocks: the duties of trust/SECURITY 1 as rows with dates, and their alarms."""
