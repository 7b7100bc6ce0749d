"""How a project's scripts reach a target: each tool runs in a child process, and is asked from here."""
