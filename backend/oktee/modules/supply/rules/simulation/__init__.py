"""Past orders decided again under another rule book, against the stock as it was then. Pure; sums of parts can be merged."""
