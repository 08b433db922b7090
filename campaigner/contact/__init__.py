"""The contact form, the steps every message goes through, and the inbox where people answer."""
