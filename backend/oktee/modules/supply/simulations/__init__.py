"""Simulations of rules: asked for, run over past orders in parts, kept with the lines that would change."""
