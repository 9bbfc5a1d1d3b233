"""OKTee's own people: their accounts, and the time-boxed grants by which one of them may look into an organization."""
