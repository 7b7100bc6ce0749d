"""Every order has a channel: proved, then NOT NULL"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE orders VALIDATE CONSTRAINT orders_channel_present")
    op.alter_column("orders", "channel", nullable=False)
    op.execute("ALTER TABLE orders DROP CONSTRAINT orders_channel_present")


def downgrade() -> None:
    op.alter_column("orders", "channel", nullable=True)
    op.execute(
        "ALTER TABLE orders ADD CONSTRAINT orders_channel_present CHECK (channel IS NOT NULL) NOT VALID"
    )
