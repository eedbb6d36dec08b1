"""Everything that moves: taking files in, deciding, applying, reporting, and the `listkeeper` command."""
