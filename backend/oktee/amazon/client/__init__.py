"""SP-API over httpx: tokens, throttle, errors, wire models, one file per API. No database, no settings, no queue."""
