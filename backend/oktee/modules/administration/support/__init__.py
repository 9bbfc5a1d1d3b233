"""Access of OKTee's support: what the customer decides, sees and ends, and what each act leaves in journal and mail."""
