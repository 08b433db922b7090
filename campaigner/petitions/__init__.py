"""The first of the three acts: a signature under a petition."""
