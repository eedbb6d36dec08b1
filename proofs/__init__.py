"""Proofs that take minutes: kept apart from the tests, with a target of their own."""
