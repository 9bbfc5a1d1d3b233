"""What is out of the ordinary among many orders: pure detectors, each with its evidence. One anomaly is one finding, with a
key that stays the same for as long as it lasts."""
