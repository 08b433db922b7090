"""The desk of a local: what it brought, its places, its people, its coalitions; the league table. It counts and lists
what lower rooms keep, and keeps nothing itself but the sites on which its widgets were seen."""
