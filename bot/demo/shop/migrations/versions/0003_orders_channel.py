"""The channel through which an order came"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("channel", sa.Text))


def downgrade() -> None:
    op.drop_column("orders", "channel")
