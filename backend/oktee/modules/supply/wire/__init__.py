"""What the Supply screens say on the wire, and what they are asked."""
