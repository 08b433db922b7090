"""Which rooms there are: their doors, and the registries by which a lower room calls a higher one."""

from flask import Flask
from flask_mail import Mail
from flask_wtf.csrf import CSRFProtect

from campaigner import rounds
from campaigner.actions import jobs as action_jobs
from campaigner.actions import personal_views as personal
from campaigner.actions import queries as actions
from campaigner.actions import registry
from campaigner.actions import staff_views as action_desk
from campaigner.actions import views as action_views
from campaigner.alerts import audience_views, mail_views, plan_views, release_views, sending_views
from campaigner.alerts import desk as alert_tasks
from campaigner.alerts import jobs as alert_jobs
from campaigner.alerts import staff_views as alert_desk
from campaigner.campaigns import carried, endings, feed_views, life_desk, numbers, twin_views, update_desk
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
from campaigner.imports import jobs as import_jobs
from campaigner.imports import staff_views as import_desk
from campaigner.letters import jobs as letter_jobs
from campaigner.letters import service as letter_service
from campaigner.letters import staff_views as letter_desk
from campaigner.letters import views as letters
from campaigner.mailroom import desk as mailroom_desk
from campaigner.mailroom import jobs as mailroom_jobs
from campaigner.mailroom import registry as mailroom
from campaigner.mailroom import views as mailroom_views
from campaigner.organisations import jobs as request_jobs
from campaigner.organisations import service as organisations
from campaigner.organisations import staff_views as request_desk
from campaigner.organisations import views as requests
from campaigner.outbox import jobs as outbox_jobs
from campaigner.petitions import views as petitions
from campaigner.solidarity import jobs as message_jobs
from campaigner.solidarity import staff_views as message_desk
from campaigner.solidarity import views as solidarity
from campaigner.staff import guard, panels, security
from campaigner.staff import service as staff
from campaigner.staff import views as staff_views
from campaigner.supporters import service as supporters
from campaigner.supporters import views as supporter_views
from campaigner.widgets import service as widget_service
from campaigner.widgets import views as widgets

csrf = CSRFProtect()
PUBLIC = (
    campaign_views.bp,
    feed_views.bp,
    action_views.bp,
    personal.bp,
    supporter_views.bp,
    contact_views.bp,
    mailroom_views.bp,
    requests.bp,
    twin_views.bp,
    widgets.bp,
    widgets.frame,
    letters.bp,
    solidarity.bp,
)
STAFF = (
    staff_views.bp,
    campaign_desk.bp,
    update_desk.bp,
    life_desk.bp,
    request_desk.bp,
    alert_desk.bp,
    release_views.bp,
    plan_views.bp,
    audience_views.bp,
    sending_views.bp,
    mail_views.bp,
    inbox.bp,
    letter_desk.bp,
    message_desk.bp,
    import_desk.bp,
)


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
    registry.register(letters.ACT)
    registry.register(solidarity.ACT)
    campaigns.count_with(actions.counts)
    numbers.count_with(stats=actions.stats, placed=actions.placed)
    endings.count_with(actions.last_count)
    carried.count_with(actions.brought)
    campaign_service.offered_by(registry.kinds)
    supporters.before_forgetting(letter_service.leaving)
    app.jinja_env.globals["embed_code"] = widget_service.snippet
    web.errors_under("/staff/", guard.errors)
    mailroom.takes_replies(contact_replies.take)
    _desk()
    rounds.steps[:] = [
        action_jobs.count,
        action_jobs.remind,
        outbox_jobs.count,
        outbox_jobs.keep_pace,
        outbox_jobs.reconcile,
        contact_jobs.reconcile,
        letter_jobs.deliver,
        message_jobs.reconcile,
        mailroom_jobs.reconcile,
        alert_jobs.leave,
        alert_jobs.decide,
        alert_jobs.note,
        import_jobs.reconcile,
    ]
    rounds.hourly[:] = [
        action_jobs.tidy,
        contact_jobs.tidy,
        request_jobs.tidy,
        outbox_jobs.tidy,
        letter_jobs.bounces,
        message_jobs.digest,
        mailroom_jobs.tidy,
        alert_jobs.tidy,
        import_jobs.tidy,
    ]


def _desk() -> None:
    """What the first staff page and the menu show of the rooms above it."""
    for figure in (action_desk.confirmed_today, action_desk.waiting, action_desk.yes_to_mail):
        panels.register(figure)
    panels.register(inbox.unanswered, roles=inbox.ROLES)
    panels.register(inbox.to_check, roles=inbox.ROLES)
    panels.badge("contact", inbox.badge)
    panels.register(letter_desk.troubled, roles=letter_desk.ROLES)
    panels.register(message_desk.to_read, roles=message_desk.ROLES)
    panels.badge("messages", message_desk.badge)
    panels.register(alert_tasks.to_release, roles=alert_tasks.ROLES)
    panels.register(alert_tasks.refused, roles=alert_tasks.ROLES)
    panels.register(alert_tasks.to_choose, roles=alert_tasks.ROLES)
    panels.register(alert_tasks.uncertain, roles=alert_tasks.ROLES)
    panels.register(alert_tasks.undecided, roles=alert_tasks.ROLES)
    panels.register(alert_tasks.paused, roles=alert_tasks.ROLES)
    panels.register(mailroom_desk.stuck, roles=mailroom_desk.ROLES)
    panels.register(request_desk.urgent, roles=request_desk.ROLES)
    panels.badge("partners", request_desk.badge)
    panels.register(campaign_desk.today, roles=("admin", "campaigner"))


def settle(app: Flask) -> None:
    """What must exist before the first visitor: the host organisation and the staff roles. Safe to repeat."""
    settings: Settings = app.extensions["campaigner"]
    with transaction():
        organisations.ensure_host(name=settings.host_name)
        staff.ensure_roles()
