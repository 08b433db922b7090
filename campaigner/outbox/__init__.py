"""Every e-mail is a row here first; the only room that speaks SMTP."""
