"""How long work waits for its handler, and what an idle worker costs, beside the queues that Python has."""
