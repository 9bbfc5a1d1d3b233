"""Files of lists: asked for from the screen, made by a job within the scope of who asked, kept for seven days."""
