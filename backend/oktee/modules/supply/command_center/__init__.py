"""Supply / Command Center: what needs a person before the clocks run out, and whether automation did the rest."""
