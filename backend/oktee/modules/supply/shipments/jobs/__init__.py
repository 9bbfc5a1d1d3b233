"""The jobs of shipments: send, prove, follow at Amazon, fetch labels."""
