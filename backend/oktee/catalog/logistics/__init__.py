"""How the customer's goods travel: warehouses, their days off, days on the road, Amazon's centres, terms of a vendor code."""
