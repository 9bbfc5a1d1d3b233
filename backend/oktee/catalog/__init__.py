"""The customer's own references: items, stock, imports, and the matching of what Amazon orders to them."""
