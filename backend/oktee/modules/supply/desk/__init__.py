"""What people do with lists: views they save, exports they ask for, acts on many orders at once."""
