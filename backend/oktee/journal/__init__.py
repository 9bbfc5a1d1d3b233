"""Who did what, when and why: one append-only table."""
