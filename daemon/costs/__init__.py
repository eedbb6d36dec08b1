"""What it costs: a dated price table, what notices and care came to, and what each endorsement would."""
