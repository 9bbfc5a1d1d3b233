"""Rule sets as versioned data: stored, guarded, enabled, compared, exported, and compiled to the book that decides."""
