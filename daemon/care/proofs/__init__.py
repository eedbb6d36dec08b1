"""Proof: the papers that engines issue, the register of PAFs, and the folder that shows a client what was done."""
