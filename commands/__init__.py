"""One file for each word typed after /migrate; `help` is made from their functions."""
