"""Journey `trust`, one file for each thing a customer was promised control of."""
