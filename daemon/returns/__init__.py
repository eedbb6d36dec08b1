"""Return files: match, decide, apply, undo, review, report."""
