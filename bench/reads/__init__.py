"""The hottest list over HTTP beside the least that any server could do, and filters and sorts at 100,000 orders."""
