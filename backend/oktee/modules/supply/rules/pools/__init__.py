"""Orders whose goods come from some warehouses only: what those have together, which of them gives how much, and when."""
