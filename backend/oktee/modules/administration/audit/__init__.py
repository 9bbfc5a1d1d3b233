"""The audit log: its page, its integrity, its exports."""
