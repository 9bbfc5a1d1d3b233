"""Thousands of orders through the whole product with faults on, and the simulated Amazon's ledger afterwards."""
