"""The object store: where bodies are kept, how they are sealed, and what may be in them."""
