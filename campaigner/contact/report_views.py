"""The report on the inbox: figures, drawings from the server with their table, and a spreadsheet."""

import csv
import io

from flask import Response, render_template

from campaigner.contact import desk, report
from campaigner.contact.topics import TOPICS
from campaigner.core import chart
from campaigner.staff import guard

bp = guard.blueprint("contact_report", __name__, url_prefix="/staff/inbox/report", roles=desk.ROLES)


@bp.get("/")
def shown() -> str:
    """The latest twelve months."""
    found = report.of()
    lines = [found.by_month[month] for month in found.months]
    topics = sorted(TOPICS, key=lambda topic: -found.totals.get(topic, report.Line()).real)
    return render_template(
        "contact/staff/report.html", report=found, topics=topics, labels=TOPICS, nothing=report.Line(),
        volume=chart.columns([[float(line.real), float(line.spam)] for line in lines]),
        speed=chart.columns([[line.hours or 0.0] for line in lines]),
        judged=chart.columns([[float(line.wrong), float(line.missed)] for line in lines]),
    )  # fmt: skip


@bp.get("/report.csv")
def spreadsheet() -> Response:
    """Every month and topic that there are figures of. Holds our own words and numbers only."""
    out = io.StringIO()
    csv.writer(out).writerows(report.table())
    response = Response(out.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="inbox-report.csv"'
    return response
