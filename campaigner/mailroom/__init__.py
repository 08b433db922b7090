"""Everything that comes back by mail: bounces, complaints, unsubscriptions, answers of people, automatic replies."""
