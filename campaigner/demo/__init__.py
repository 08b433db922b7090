"""The demo room: embedded PostgreSQL and Valkey, sample data, and the supervisor behind `make demo`."""
