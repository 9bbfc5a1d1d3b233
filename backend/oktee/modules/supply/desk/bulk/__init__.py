"""Acts on many orders: chosen by id or by a filter, done at once when they are few, else by a worker one can stop.

Rejecting is no such act, and neither is sending: answers leave through the review sheet, which shows each of them.
"""
