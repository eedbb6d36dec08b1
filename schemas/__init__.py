"""What things look like: record layouts, code tables, notices, database tables."""
