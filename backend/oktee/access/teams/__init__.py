"""Teams: who works together on which part of the organization, and who stands in for somebody away."""
