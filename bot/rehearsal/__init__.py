"""A rehearsal's parts: what is tried on copies, and what follows. Everything arrives through ports."""
