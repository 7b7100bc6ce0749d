"""What the bot knows: plain values and pure rules. Standard library only."""
