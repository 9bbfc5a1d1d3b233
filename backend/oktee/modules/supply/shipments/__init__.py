"""Shipments of an order: written, checked, sent to Amazon, proved by what it shows, replaced, labelled."""
