"""Journey `supply`: a day of a supply manager, one file a part."""
