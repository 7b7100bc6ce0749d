"""How tables, schemas, views and routines come, go and get other names."""

from __future__ import annotations

from bot.checks.acts import Act, Evidence, What
from bot.checks.practice.weighing import by_rows, by_size
from bot.checks.quoting import sql_name
from bot.core.findings import Finding, Weight
from bot.core.targets import Kind

UNREAD = "statement-not-read"


def table_dropped(act: Act, evidence: Evidence) -> Finding | None:
    """A table goes with its rows, also where a new one of its name follows."""
    again = any(
        a.what is What.CREATE_TABLE and a.table == act.table and a.revision == act.revision
        for a in evidence.acts
    )
    return Finding(
        rule="table-dropped",
        weight=by_rows(act, evidence),
        reason=f"{evidence.sized(act.table)} is gone with all its rows"
        + (", and the new table of that name begins empty." if again else "."),
        instead=f"Leave {act.table} as it is and alter it step by step."
        if again
        else f"Give {act.table} another name first, keep it until nobody has missed it, and drop it in a "
        "later change.",
        sql=""
        if again
        else f"ALTER TABLE {sql_name(act.table)} RENAME TO "
        f"{sql_name(act.table.rpartition('.')[2].strip(chr(34)) + '_unused')};",
        lines=(19, 36, 47),
    )


def schema_dropped(act: Act, _evidence: Evidence) -> Finding | None:
    """Everything that is in a schema."""
    return Finding(
        rule="schema-dropped",
        reason=f"The schema {act.name} is gone, and with CASCADE every table in it.",
        instead="Drop each table by its name, so that everybody sees which rows go.",
        lines=(23, 36, 47),
    )


def object_dropped(act: Act, _evidence: Evidence) -> Finding | None:
    """Views, types, functions, triggers: whoever still uses them fails."""
    kind = act.how or "object"
    return Finding(
        rule="object-dropped",
        reason=f"What still uses the {kind} {act.name}"
        + (f" of {act.table}" if act.table else "")
        + " fails, or goes without it, from that moment on.",
        instead=f"Let a release of the code that does not know {act.name} run everywhere first, then accept "
        "this by its name.",
        lines=(19, 23, 39),
    )


def table_renamed(act: Act, evidence: Evidence) -> Finding | None:
    """A view that bears the old name from the same transaction on lets code find it (PostgreSQL docs:
    CREATE VIEW, "Updatable Views")."""
    behind = any(
        a.what is What.VIEW and a.name == act.table and a.revision == act.revision and a.number > act.number
        for a in evidence.acts
    )
    whole = all(s.transactional for s in evidence.scripts if s.revision == act.revision)
    old, new = sql_name(act.table), sql_name(act.to)
    if evidence.kind is not Kind.POSTGRESQL:
        return Finding(
            rule="table-renamed",
            reason=f"Code that still says {evidence.sized(act.table)} fails from that moment on.",
            instead=f"Let a release of the code that knows {act.to or 'the new name'} too run everywhere "
            "first.",
            lines=(19, 31, 36),
        )
    if behind and whole:
        return Finding(
            rule="table-renamed-behind-view",
            weight=Weight.NOTE,
            reason=f"{evidence.sized(act.table)} is {act.to} now, and the view {act.table} has its rows for "
            "code that says the old name; ALTER TABLE and foreign keys need the new one.",
            lines=(19, 36, 39),
        )
    moved = act.how == "set schema"
    return Finding(
        rule="table-renamed",
        reason=f"Code that still says {evidence.sized(act.table)} fails from that moment on.",
        instead="Put a view of the old name in its place in the same transaction; drop it once all code says "
        f"{act.to or 'the new name'}.",
        sql=""
        if not act.to or moved
        else f"ALTER TABLE {old} RENAME TO {sql_name(act.to.rpartition('.')[2])};\n"
        f"CREATE VIEW {old} AS SELECT * FROM {new};",
        lines=(19, 31, 36),
    )


def defined(act: Act, _evidence: Evidence) -> Finding | None:
    """Other definitions that change what code says."""
    if act.how == "rename enum value":
        return _enum(act)
    if act.how.startswith("rename "):
        what = f"the {act.how.removeprefix('rename ')} {act.name}"
        schema = act.how == "rename schema"
        index = act.how == "rename index"
        return Finding(
            rule="schema-renamed" if schema else "object-renamed",
            weight=Weight.NOTE if index else Weight.STOP,
            reason=f"Code that still says {what} fails from that moment on"
            + (", and so does everything that names a table in it." if schema else "."),
            instead="Make the new schema beside it, move table by table, and leave views of the old names."
            if schema
            else "Make the new one beside it, let code use that, and drop the old one last.",
            sql=f"CREATE SCHEMA {sql_name(act.to)};" if schema and act.to else "",
            lines=(19, 36, 39),
        )
    return None


def _enum(act: Act) -> Finding:
    old = act.columns[0]
    text = "'" + act.to.replace("'", "''") + "'"
    before = "'" + old.replace("'", "''") + "'"
    return Finding(
        rule="enum-value-renamed",
        reason=f"Code that still writes {old} as a {act.name}, or waits for it, fails from that moment on.",
        instead=f"Add {act.to} beside it, let code know both, change the rows in batches, and stop writing "
        f"{old}.",
        sql=f"ALTER TYPE {sql_name(act.name)} ADD VALUE {text} AFTER {before};",
        lines=(19, 31, 36),
    )


def trigger_made(act: Act, evidence: Evidence) -> Finding | None:
    """CREATE TRIGGER takes ShareRowExclusive for a moment (PostgreSQL docs: "Explicit Locking")."""
    if act.how == "rule":
        return Finding(
            rule="rule-rewrites-statements",
            reason=f"From that moment on the rule {act.name} rewrites statements on "
            f"{evidence.sized(act.table)}; with INSTEAD, what was asked for is not done, and nobody is told.",
            instead="Write a trigger, which sees each row, and can say no.",
            lines=(39, 41),
        )
    if act.how != "trigger" or by_size(act, evidence) is Weight.NOTE:
        return None
    return Finding(
        rule="trigger-on-every-write",
        weight=Weight.NOTE,
        reason=f"From that moment on each write to {evidence.sized(act.table)} runs the trigger {act.name}, "
        "and making it keeps writers out for a moment.",
        instead="Look at what the trigger costs in the rehearsal.",
        lines=(20, 39),
    )


def rights_taken(act: Act, _evidence: Evidence) -> Finding | None:
    """REVOKE."""
    if act.how != "revoke":
        return None
    what = ", ".join(t for t in act.tables if t) or "what it names"
    return Finding(
        rule="rights-taken",
        weight=Weight.NOTE,
        reason=f"Whoever still needs the rights on {what} is refused from that moment on.",
        lines=(40,),
    )


def unread(act: Act, evidence: Evidence) -> Finding | None:
    """What no rule can see through is never taken for harmless."""
    named = [t for t in act.tables if t]
    about = f" ({', '.join(named)} stands in it)" if len(named) == 1 else ""
    about = about or (f" ({', '.join(named)} stand in it)" if named else "")
    if act.how == "syntax":
        return None  # the grammar's own check says so, with the place
    if act.how == "lock table":
        return Finding(
            rule="table-locked-by-hand",
            reason=f"LOCK TABLE keeps others out of {', '.join(map(evidence.sized, named)) or 'a table'} "
            "until the transaction ends, however long the rest of it takes.",
            instead="Leave it out: each statement takes the lock that it needs, when it needs it.",
            lines=(20, 121),
        )
    if act.how == "refresh view":
        return _refreshed(named[0] if named else act.name)
    return Finding(
        rule=UNREAD,
        reason=f"{act.name} cannot be read{about}, so it may do anything.",
        instead="Write it as plain statements where that can be; else let a rehearsal show what it does, and "
        "accept this by its name.",
        lines=(16, 50),
    )


def _refreshed(view: str) -> Finding:
    return Finding(
        rule="view-refresh-blocks-reads",
        reason=f"Nobody can read {view} while it is filled anew.",
        instead=f"Refresh concurrently: it needs a unique index over plain columns of {view}.",
        sql=f"REFRESH MATERIALIZED VIEW CONCURRENTLY {sql_name(view)};",
        lines=(20, 39),
    )


def code(act: Act, _evidence: Evidence) -> Finding | None:
    """A revision that runs code which the rendered SQL does not show."""
    return Finding(
        rule="code-not-shown",
        reason=f"Revision {act.revision} runs code that its SQL does not show, so it may do anything.",
        instead="Write it as SQL where that can be; else let a rehearsal show what it does, and accept this "
        "by its name.",
        lines=(16, 50),
    )
