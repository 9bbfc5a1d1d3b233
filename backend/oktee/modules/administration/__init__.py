"""The family with which a customer runs its own OKTee account."""
