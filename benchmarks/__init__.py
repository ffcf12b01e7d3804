"""What is fast, against what, and the floor: the same works for every peer in one run."""
