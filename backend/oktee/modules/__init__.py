"""What customers enable: one folder for each family of screens."""
