"""The decision on a purchase order, pure: what to take of each line, what a person must decide, and why."""
