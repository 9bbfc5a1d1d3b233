"""The customer's files as they come: encoding, records, cells and rows, checked and named by line. No database here."""
