"""What the reconciler does for alerts: let the planned ones leave, decide trials, note who had one."""

from flask import current_app

from campaigner.alerts import marks, planning, trials
from campaigner.config import Settings
from campaigner.core import clock

TURNS = 4  # in one round: at most twenty thousand people


def note() -> None:
    """Note who had an alert, for the cap and for "had a mail in the last days".

    If it dies midway: its transaction is undone, and the next round does the same.
    """
    for _turn in range(TURNS):
        if not marks.note():
            return


def tidy() -> None:
    """Look at the share of the people whose hour it is: everybody once a day.

    If it dies midway: its transaction is undone, and the same hour tomorrow does it.
    """
    marks.forget()
    marks.check(part=clock.now().hour)


def leave() -> None:
    """Let the alert leave whose time has come: one a round, for a large one takes a while.

    If it dies midway: its transaction is undone, and the next round does the same.
    """
    alert_id = planning.due()
    if alert_id is not None:
        settings: Settings = current_app.extensions["campaigner"]
        planning.start(alert_id, settings=settings)


def decide() -> None:
    """Look at trials whose hours are over, and let go of those who waited for what was decided.

    If it dies midway: its transaction is undone, and the next round does the same.
    """
    trials.judge_due()
    trials.let_go()
