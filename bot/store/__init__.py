"""The bot's own memory: SQLite or PostgreSQL behind one set of tables, and an in-memory double."""
