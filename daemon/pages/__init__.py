"""Pages to print: what stands on them said once, drawn as HTML and as PDF."""
