"""The WSGI door: `gunicorn wsgi:app`."""

from campaigner import create_app

app = create_app()
