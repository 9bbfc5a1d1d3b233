"""The control API under /_control: what a test or a demo does to the simulated Amazon from outside of Amazon's own interfaces."""
