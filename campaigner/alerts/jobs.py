"""What the reconciler does for alerts: note who had one, and see whether what is counted on is true."""

from campaigner.alerts import marks
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
