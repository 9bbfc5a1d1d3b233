"""The pure part of shipments: numbers of containers, packing, and what is checked before anything is sent."""
