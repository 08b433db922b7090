"""On which sites a placement's widget was asked for."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from campaigner.core.clock import now
from campaigner.core.db import Model


class PlacementSite(Model):
    """A host whose page asked for the widget, as the visitor's browser said. Never a whole address, never a visitor."""

    __tablename__ = "placement_site"

    placement_id: Mapped[int] = mapped_column(ForeignKey("placement.id", ondelete="CASCADE"), primary_key=True)
    host: Mapped[str] = mapped_column(primary_key=True)
    first_seen_at: Mapped[datetime] = mapped_column(default=now)
    last_seen_at: Mapped[datetime] = mapped_column(default=now)
