"""What people work on together, whatever it is: who has it, notes, tags and files."""
