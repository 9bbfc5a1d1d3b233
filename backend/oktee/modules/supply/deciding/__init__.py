"""Deciding: orders that are new, changed or touched by a new catalogue get a proposal, and maybe an answer."""
