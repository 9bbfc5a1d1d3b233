"""A simulated Amazon: LWA, consent, vendor orders and transaction status over one deterministic world, with a control API."""
