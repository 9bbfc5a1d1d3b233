"""What stops automation, by cause: kept in the transactions of those who decide, fixed for many lines at once."""
