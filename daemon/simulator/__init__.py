"""A simulated address engine, to learn on and to test with. It is not CASS certified and never says so.

It stands beside the daemon as an outside engine would: an executable of its own, to which only files lead.
"""
