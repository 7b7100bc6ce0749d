"""The journal, and what is kept beside it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "whimbrel_events",
        sa.Column("change", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("seq", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("cause", sa.String(200)),
        sa.Column("data", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("change", "seq", name="pk_whimbrel_events"),
        sa.UniqueConstraint("cause", "kind", name="uq_whimbrel_events_cause_kind"),
    )
    op.create_table(
        "whimbrel_plans",
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name="pk_whimbrel_plans"),
    )
    op.create_table(
        "whimbrel_asks",
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("received", sa.String(40), nullable=False),
        sa.Column("answered", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_whimbrel_asks"),
    )
    op.create_index("ix_whimbrel_asks_received", "whimbrel_asks", ["received"])
    op.create_index("ix_whimbrel_asks_answered", "whimbrel_asks", ["answered"])
    op.create_table(
        "whimbrel_tellings",
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("ts", sa.String(40), nullable=False),
        sa.Column("change", sa.Integer, nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("told", sa.Integer, nullable=False),
        sa.Column("drawn", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("channel", "ts", name="pk_whimbrel_tellings"),
    )
    op.create_index("ix_whimbrel_tellings_change", "whimbrel_tellings", ["change"])
    op.create_table(
        "whimbrel_progress",
        sa.Column("run", sa.String(60), nullable=False),
        sa.Column("step", sa.String(200), nullable=False),
        sa.Column("share", sa.Float),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("run", name="pk_whimbrel_progress"),
    )


def downgrade() -> None:
    for table in ("progress", "tellings", "asks", "plans", "events"):
        op.drop_table(f"whimbrel_{table}")
