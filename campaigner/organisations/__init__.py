"""The host, union locals, partners in the South, coalition members; who is whose twin."""
