"""The journeys of demo-check: over HTTP only."""
