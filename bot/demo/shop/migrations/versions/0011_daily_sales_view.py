"""Sales by day and channel, as a view"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE VIEW daily_sales AS
        SELECT created_at::date AS day, channel, count(*) AS orders, sum(amount) AS amount
        FROM orders GROUP BY 1, 2
    """)


def downgrade() -> None:
    op.execute("DROP VIEW daily_sales")
