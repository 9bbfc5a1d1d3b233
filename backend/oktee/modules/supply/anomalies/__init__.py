"""Anomalies found in many orders at once by a recurring job: what it reads, and how findings become exceptions."""
