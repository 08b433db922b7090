"""Who works here: accounts, login, roles, the guard on every staff page, and the audit trail."""
