"""The people of an organization: memberships, invitations, roles of its own, reviews of who has access."""
