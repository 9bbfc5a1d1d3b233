"""Supply: decides, answers and proves purchase orders."""
