"""Taking in: archive the original, open the envelope, say what it is, read it."""
