"""Lists: create, import, export, show."""
