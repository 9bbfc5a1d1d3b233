"""The command `oktee`."""
