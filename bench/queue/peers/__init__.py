"""The other queues, one file each, run in their own environments."""
