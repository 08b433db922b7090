"""People: who they are (encrypted), what they said yes to (a ledger), and their right to take it back."""
