"""What can be asked of a target's server, and done to it."""
