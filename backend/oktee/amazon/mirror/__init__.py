"""One file per kind of Amazon data: its table and its poller."""
