"""The sample projects, and the world in which they are tried."""
