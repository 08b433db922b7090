"""What `make bench`, `make load` and `make chaos` run."""
