"""The second of the three acts: a letter to those who decide, delivered in a way they cannot call spam."""
