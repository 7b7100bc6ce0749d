"""The steps of a run: what each looks at or does, and what it says afterwards."""
