"""Data and privacy: what is held, given back, kept how long, erased, and the proof of each."""
