"""One story per promise to a user. A package, so that the running house is taken down when its stories end."""
