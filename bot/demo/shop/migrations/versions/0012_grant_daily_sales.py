"""Reporting may read the daily sales"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("GRANT SELECT ON daily_sales TO shop_reporting")


def downgrade() -> None:
    op.execute("REVOKE SELECT ON daily_sales FROM shop_reporting")
