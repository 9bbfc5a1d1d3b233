"""Everything on one machine: the demo, and what it needs to start, feed and stop the processes."""
