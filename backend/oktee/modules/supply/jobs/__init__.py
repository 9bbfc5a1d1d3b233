"""The jobs of Supply: what the worker does, one file for each step."""
