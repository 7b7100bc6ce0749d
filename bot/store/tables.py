"""The tables, as SQLAlchemy knows them; migrations/ makes them."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

#: The journal. A row is never updated and never deleted.
events = sa.Table(
    "whimbrel_events",
    metadata,
    sa.Column("change", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("at", sa.String(40), nullable=False),
    sa.Column("by", sa.String(80), nullable=False),
    sa.Column("cause", sa.String(200)),
    sa.Column("data", sa.Text, nullable=False),
    sa.UniqueConstraint("cause", "kind"),
)

#: Frozen plans, by what they will run.
plans = sa.Table(
    "whimbrel_plans",
    metadata,
    sa.Column("fingerprint", sa.String(64), primary_key=True),
    sa.Column("body", sa.Text, nullable=False),
)

#: Asks that were acknowledged; `answered` is empty until the answer is on its way.
asks = sa.Table(
    "whimbrel_asks",
    metadata,
    sa.Column("key", sa.String(200), primary_key=True),
    sa.Column("data", sa.Text, nullable=False),
    sa.Column("received", sa.String(40), nullable=False, index=True),
    sa.Column("answered", sa.Boolean, nullable=False, default=False, index=True),
)

#: Plan messages in the chat, and how far each change has been told.
tellings = sa.Table(
    "whimbrel_tellings",
    metadata,
    sa.Column("channel", sa.String(40), primary_key=True),
    sa.Column("ts", sa.String(40), primary_key=True),
    sa.Column("change", sa.Integer, nullable=False, index=True),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("told", sa.Integer, nullable=False),
    sa.Column("drawn", sa.String(64), nullable=False),
)

#: How far the steps under way have come.
progress = sa.Table(
    "whimbrel_progress",
    metadata,
    sa.Column("run", sa.String(60), primary_key=True),
    sa.Column("step", sa.String(200), nullable=False),
    sa.Column("share", sa.Float),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at", sa.String(40), nullable=False),
)
