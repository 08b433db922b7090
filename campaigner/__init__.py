"""Campaigner: petitions, letters, solidarity and action alerts that unions run themselves.

`create_app` wires the rooms together and does nothing else.
"""

from flask import Flask

from campaigner import config
from campaigner.core import crypto, db, health, i18n, limits, logs, queue, tokens, web


def create_app(settings: config.Settings | None = None) -> Flask:
    """Return the WSGI application. Raises SettingsError when the environment is incomplete."""
    settings = settings or config.read()
    logs.init(settings)
    app = Flask(__name__, template_folder="../templates")
    app.config.from_mapping(config.flask_settings(settings))
    app.extensions["campaigner"] = settings
    crypto.keyring.use(settings.pii_keys, settings.fingerprint_key)
    tokens.signer.use(settings.secret_key, settings.previous_secret_keys)
    queue.bell.use(settings.redis_url)
    db.db.init_app(app)
    db.migrate.init_app(app, db.db, directory="migrations")
    i18n.babel.init_app(app, locale_selector=i18n.choose)
    limits.limiter.init_app(app)
    web.init_app(app, settings)
    app.register_blueprint(health.bp)
    _rooms(app)
    return app


def _rooms(app: Flask) -> None:
    """Hang every room's doors into the app, lowest room first, and join the registries of lower rooms."""
    from campaigner import rooms

    rooms.join(app)
