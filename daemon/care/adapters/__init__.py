"""How a job reaches an engine and its answer comes back: one small adapter a way, behind one interface."""
