"""Which of a mailing's texts a recipient gets."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("delivery", sa.Column("variant", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("delivery", "variant")
