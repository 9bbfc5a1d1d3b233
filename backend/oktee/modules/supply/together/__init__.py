"""Working together on a thing, whatever it is: who has it, notes with mentions, tags and files."""
