"""Amounts above 21 million: bigint, which rewrites the table"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("orders", "amount", type_=sa.BigInteger)


def downgrade() -> None:
    op.alter_column("orders", "amount", type_=sa.Integer)
