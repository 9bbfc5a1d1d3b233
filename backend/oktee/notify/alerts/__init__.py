"""What people are told: the inbox of each, and the mails about it, at once or once a day."""
