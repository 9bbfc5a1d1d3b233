"""The public API for the customer's own systems: /v1 with API keys, its own OpenAPI document, no cookies."""
