"""Who gets stock that does not suffice for all who ask: strategies as tiers, each deciding among those the ones before it
left equal (ORDER-RULES 5).

Pure arithmetic over demands and supply; it knows nothing of orders, rules or days beyond what a demand says. Supply is in
pieces of a SKU, as cumulative levels by day: what is on hand, then what has arrived by each day. A demand is in eaches of an
ASIN and takes its pieces from every component.
"""
