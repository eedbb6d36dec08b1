"""Labels: who is mailed, with which key, in which lines."""
