"""Holds that a person gives and ends."""

HELD_BY_PERSON = ("supply.hold.by_person", "supply.answer.stopped_by_person")
UNCANCELLED = "supply.hold.uncancelled"
KEPT = (*HELD_BY_PERSON, UNCANCELLED)
"""Holds that no rule gives or takes: only a person ends them."""
