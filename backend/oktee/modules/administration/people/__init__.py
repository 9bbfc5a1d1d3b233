"""Administration / Users & roles: members, invitations, roles, access review, view as; and workspaces of one's own."""
