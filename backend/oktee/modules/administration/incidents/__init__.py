"""Security incidents: opened by an operator, exported with everything that proves what happened."""
