"""Speed as ratios: each step beside its floor, the same work in bare SQL, in one run."""
