"""The life of keys: what is sealed where, sealing it anew, and the acts of an operator."""
