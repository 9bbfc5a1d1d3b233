"""The wire models of the SP-API, one file per API, decoded by msgspec because a page is the hot path (2,000 lines)."""
