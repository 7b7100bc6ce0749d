"""The channel through which an order came"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("channel", sa.Text))
    # After the column: rows that are there stay empty for the next revision, and an application that does
    # not know the column goes on to place orders.
    op.alter_column("orders", "channel", server_default="web")


def downgrade() -> None:
    op.drop_column("orders", "channel")
