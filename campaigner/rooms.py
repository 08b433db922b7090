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
from campaigner.campaigns import (
    carried,
    endings,
    event_desk,
    feed_views,
    life_desk,
    numbers,
    photo_desk,
    photo_views,
    twin_views,
    update_desk,
)
from campaigner.campaigns import queries as campaigns
from campaigner.campaigns import service as campaign_service
from campaigner.campaigns import staff_views as campaign_desk
from campaigner.campaigns import views as campaign_views
from campaigner.charters import jobs as charter_jobs
from campaigner.charters import staff_views as charter_desk
from campaigner.charters import views as charters
from campaigner.config import Settings
from campaigner.contact import jobs as contact_jobs
from campaigner.contact import replies as contact_replies
from campaigner.contact import report_views as contact_report
from campaigner.contact import retention_views as contact_retention
from campaigner.contact import snippet_views, thread_views
from campaigner.contact import staff_views as inbox
from campaigner.contact import views as contact_views
from campaigner.contact import watch as contact_watch
from campaigner.core import health, shelf, web
from campaigner.core.db import transaction
from campaigner.imports import jobs as import_jobs
from campaigner.imports import staff_views as import_desk
from campaigner.letters import jobs as letter_jobs
from campaigner.letters import service as letter_service
from campaigner.letters import staff_views as letter_desk
from campaigner.letters import views as letters
from campaigner.locals import coalition_views as coalition_desk
from campaigner.locals import staff_views as local_desk
from campaigner.mailroom import desk as mailroom_desk
from campaigner.mailroom import jobs as mailroom_jobs
from campaigner.mailroom import registry as mailroom
from campaigner.mailroom import views as mailroom_views
from campaigner.organisations import account_desk, desk_views, local_views, welcome_views
from campaigner.organisations import jobs as request_jobs
from campaigner.organisations import queries as organisation_queries
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
from campaigner.widgets import codes as widget_codes
from campaigner.widgets import ladder_views as ladder
from campaigner.widgets import link_views as links
from campaigner.widgets import views as widgets

csrf = CSRFProtect()
PUBLIC = (
    campaign_views.bp,
    feed_views.bp,
    photo_views.bp,
    action_views.bp,
    personal.bp,
    supporter_views.bp,
    contact_views.bp,
    mailroom_views.bp,
    requests.bp,
    welcome_views.bp,
    desk_views.bp,
    twin_views.bp,
    links.bp,
    ladder.bp,
    widgets.frame,
    letters.bp,
    solidarity.bp,
    charters.bp,
)
STAFF = (
    staff_views.bp,
    account_desk.bp,
    local_views.bp,
    local_desk.bp,
    campaign_desk.bp,
    update_desk.bp,
    photo_desk.bp,
    life_desk.bp,
    coalition_desk.bp,
    event_desk.bp,
    request_desk.bp,
    alert_desk.bp,
    release_views.bp,
    plan_views.bp,
    audience_views.bp,
    sending_views.bp,
    mail_views.bp,
    inbox.bp,
    thread_views.bp,
    snippet_views.bp,
    contact_report.bp,
    contact_retention.bp,
    letter_desk.bp,
    message_desk.bp,
    charter_desk.bp,
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
    registry.beside("charters/section.html", charters.section)
    campaigns.count_with(actions.counts)
    numbers.count_with(stats=actions.stats, placed=actions.placed)
    endings.count_with(actions.last_count)
    carried.count_with(actions.brought)
    campaign_service.offered_by(registry.kinds)
    supporters.before_forgetting(letter_service.leaving)
    app.jinja_env.globals.update(embed_code=widget_codes.snippet, oembed_of=widget_codes.oembed)
    web.errors_under("/staff/", guard.errors)
    guard.organisations_by(organisation_queries.id_of)
    panels.desks_by(organisation_queries.named)
    _shelve(app)
    mailroom.takes_replies(contact_replies.take)
    health.figures["contact"] = contact_watch.figures
    _desk()
    rounds.steps[:] = [
        action_jobs.count,
        action_jobs.remind,
        outbox_jobs.count,
        outbox_jobs.keep_pace,
        outbox_jobs.reconcile,
        contact_jobs.reconcile,
        contact_jobs.attend,
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
        contact_jobs.daily,
        request_jobs.tidy,
        charter_jobs.tidy,
        outbox_jobs.tidy,
        letter_jobs.bounces,
        message_jobs.digest,
        mailroom_jobs.tidy,
        alert_jobs.tidy,
        import_jobs.tidy,
    ]


def _shelve(app: Flask) -> None:
    """What every visitor of every local's site loads is made once in a while, and given out from memory."""
    app.extensions["shelf"] = shelf.Shelf(
        app.wsgi_app, paths=widgets.SHELVED, by_site=widgets.BY_SITE, seconds=widgets.KEPT_SECONDS
    )
    app.wsgi_app = app.extensions["shelf"]  # type: ignore[method-assign]


def _desk() -> None:
    """What the first staff page and the menu show of the rooms above it."""
    for figure in (action_desk.confirmed_today, action_desk.waiting, action_desk.yes_to_mail):
        panels.register(figure)
    panels.register(inbox.unanswered, roles=inbox.ROLES)
    panels.register(inbox.to_check, roles=inbox.ROLES)
    panels.register(contact_watch.stuck, roles=contact_watch.ROLES)
    panels.register(contact_watch.calls_untaken, roles=contact_watch.ROLES)
    panels.badge("contact", inbox.badge)
    panels.register(letter_desk.troubled, roles=letter_desk.ROLES)
    panels.register(message_desk.to_read, roles=message_desk.ROLES)
    panels.badge("messages", message_desk.badge)
    panels.register(charter_desk.waiting, roles=charter_desk.ROLES)
    panels.register(alert_tasks.to_release, roles=alert_tasks.ROLES)
    panels.register(alert_tasks.refused, roles=alert_tasks.ROLES)
    panels.register(alert_tasks.to_choose, roles=alert_tasks.ROLES)
    panels.register(alert_tasks.uncertain, roles=alert_tasks.ROLES)
    panels.register(alert_tasks.undecided, roles=alert_tasks.ROLES)
    panels.register(alert_tasks.paused, roles=alert_tasks.ROLES)
    panels.register(mailroom_desk.stuck, roles=mailroom_desk.ROLES)
    panels.register(request_desk.urgent, roles=request_desk.ROLES)
    panels.badge("partners", request_desk.badge)
    panels.register(local_views.asked, roles=local_views.ROLES)
    panels.badge("locals", local_views.badge)
    panels.register(campaign_desk.today, roles=("admin", "campaigner"))


def settle(app: Flask) -> None:
    """What must exist before the first visitor: the host organisation and the staff roles. Safe to repeat."""
    settings: Settings = app.extensions["campaigner"]
    with transaction():
        organisations.ensure_host(name=settings.host_name)
        staff.ensure_roles()
