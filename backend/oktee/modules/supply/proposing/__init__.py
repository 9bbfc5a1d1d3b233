"""Proposals: what a decision needs is read, the pure rules are asked, what they said is stored."""
