"""The list of Orders in a browser at 100,000 orders, beside the same page with 200."""
