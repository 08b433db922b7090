"""The reference for signing: the least that Flask can do with a form, and nothing of ours.

One view parses a form and inserts one row with psycopg, committed, over a connection that its thread
keeps. No validation, no token, no consent, no counter, no mail.
"""

import os
import threading

import psycopg
from flask import Flask, redirect, request
from werkzeug.wrappers import Response

TABLE = """
CREATE TABLE IF NOT EXISTS bare_signature (
  id bigserial PRIMARY KEY, first_name text, last_name text, email text UNIQUE, postcode text, country text,
  created_at timestamptz DEFAULT now())
"""
INSERT = "INSERT INTO bare_signature (first_name, last_name, email, postcode, country) VALUES (%s, %s, %s, %s, %s)"
FIELDS = ("first_name", "last_name", "email", "postcode", "country")

app = Flask(__name__)
kept = threading.local()


@app.get("/hello")
def hello() -> str:
    """The least that Flask can answer."""
    return "Hello"


@app.post("/sign")
def sign() -> Response:
    """One row."""
    if not hasattr(kept, "line"):
        kept.line = psycopg.connect(os.environ["DATABASE_URL"].replace("+psycopg", ""))
    with kept.line.transaction():
        kept.line.execute(INSERT, [request.form[name] for name in FIELDS])
    return redirect("/thanks", code=303)
