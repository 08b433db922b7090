"""Which rooms there are: their doors, and the registries by which a lower room calls a higher one."""

from flask import Flask
from flask_mail import Mail
from flask_wtf.csrf import CSRFProtect

from campaigner import rounds
from campaigner.actions import jobs as action_jobs
from campaigner.actions import queries as actions
from campaigner.actions import registry
from campaigner.actions import staff_views as action_desk
from campaigner.actions import views as action_views
from campaigner.alerts import desk as alert_tasks
from campaigner.alerts import mail_views, sending_views
from campaigner.alerts import staff_views as alert_desk
from campaigner.campaigns import numbers
from campaigner.campaigns import queries as campaigns
from campaigner.campaigns import service as campaign_service
from campaigner.campaigns import staff_views as campaign_desk
from campaigner.campaigns import views as campaign_views
from campaigner.config import Settings
from campaigner.contact import jobs as contact_jobs
from campaigner.contact import replies as contact_replies
from campaigner.contact import staff_views as inbox
from campaigner.contact import views as contact_views
from campaigner.core import web
from campaigner.core.db import transaction
from campaigner.mailroom import desk as mailroom_desk
from campaigner.mailroom import jobs as mailroom_jobs
from campaigner.mailroom import registry as mailroom
from campaigner.mailroom import views as mailroom_views
from campaigner.organisations import service as organisations
from campaigner.outbox import jobs as outbox_jobs
from campaigner.petitions import views as petitions
from campaigner.staff import guard, panels, security
from campaigner.staff import service as staff
from campaigner.staff import views as staff_views
from campaigner.supporters import views as supporter_views
from campaigner.widgets import service as widget_service
from campaigner.widgets import views as widgets

csrf = CSRFProtect()
PUBLIC = (
    campaign_views.bp,
    action_views.bp,
    supporter_views.bp,
    contact_views.bp,
    mailroom_views.bp,
    widgets.bp,
    widgets.frame,
)
STAFF = (staff_views.bp, campaign_desk.bp, alert_desk.bp, sending_views.bp, mail_views.bp, inbox.bp)


def join(app: Flask) -> None:
    """Hang the rooms into the app, lowest first, and fill the registries."""
    settings: Settings = app.extensions["campaigner"]
    Mail(app)
    csrf.init_app(app)
    security.init_app(app, settings)
    for blueprint in (*STAFF, *PUBLIC):
        app.register_blueprint(blueprint)
    for blueprint in PUBLIC:
        csrf.exempt(blueprint)  # their forms carry a signed token of their own: core.forms
    registry.register(petitions.ACT)
    campaigns.count_with(actions.counts)
    numbers.count_with(stats=actions.stats, placed=actions.placed)
    campaign_service.offered_by(registry.kinds)
    app.jinja_env.globals["embed_code"] = widget_service.snippet
    web.errors_under("/staff/", guard.errors)
    mailroom.takes_replies(contact_replies.take)
    _desk()
    rounds.steps[:] = [
        action_jobs.count,
        outbox_jobs.count,
        outbox_jobs.keep_pace,
        outbox_jobs.reconcile,
        contact_jobs.reconcile,
        mailroom_jobs.reconcile,
    ]
    rounds.hourly[:] = [action_jobs.tidy, contact_jobs.tidy, outbox_jobs.tidy, mailroom_jobs.tidy]


def _desk() -> None:
    """What the first staff page and the menu show of the rooms above it."""
    for figure in (action_desk.confirmed_today, action_desk.waiting, action_desk.yes_to_mail):
        panels.register(figure)
    panels.register(inbox.unanswered, roles=inbox.ROLES)
    panels.register(inbox.to_check, roles=inbox.ROLES)
    panels.badge("contact", inbox.badge)
    panels.register(alert_tasks.uncertain, roles=alert_tasks.ROLES)
    panels.register(alert_tasks.undecided, roles=alert_tasks.ROLES)
    panels.register(alert_tasks.paused, roles=alert_tasks.ROLES)
    panels.register(mailroom_desk.stuck, roles=mailroom_desk.ROLES)
    panels.register(campaign_desk.today, roles=("admin", "campaigner"))


def settle(app: Flask) -> None:
    """What must exist before the first visitor: the host organisation and the staff roles. Safe to repeat."""
    settings: Settings = app.extensions["campaigner"]
    with transaction():
        organisations.ensure_host(name=settings.host_name)
        staff.ensure_roles()
