"""The answer to a purchase order, pure: its body as Amazon takes it, what forbids sending it, and the proof that it took effect."""
