"""Opens a change."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat import SETTLED, Ask, Choice, Field, Form, Reply
from bot.core.errors import NotFound
from bot.core.text import code, listed, nearest, plain
from bot.desk import Desk


def run(desk: Desk, ask: Ask, project: str = "", *, to_revision: str = "") -> Reply:
    """Open a change: works the plan out and posts it here.

    Without a project you choose one. `to` names the revision at which the change ends; without it, the
    newest. The plan covers every revision that is pending somewhere up to there.
    """
    known = desk.projects()
    if not project and len(known) > 1:
        return _choose(known)
    opened = desk.start(_one_of(known, project), to_revision, ask)
    who = plain(desk.name(ask.person))
    title = f": {plain(opened.title)}" if opened.title else ""
    text = f"{SETTLED} {who} opened change {opened.id} of {plain(opened.project)}{title}."
    return Reply(text=text, public=True, change=opened.id)


def _one_of(known: Sequence[str], project: str) -> str:
    if not known:
        raise NotFound(
            "I serve no project yet.", hint="Whoever runs Whimbrel adds one that has a whimbrel.yaml."
        )
    if not project or project in known:
        return project or known[0]
    near = nearest(project, list(known))
    hint = f"Did you mean `/migrate start {near}`?" if near else f"/migrate start {known[0]}"
    raise NotFound(f"There is no project `{project}`; there are {listed(list(known))}.", hint=hint)


def _choose(known: Sequence[str]) -> Reply:
    fields = (
        Field(name="project", label="Project", choices=tuple(Choice(label=p, value=p) for p in known)),
        Field(name="to", label="Up to revision", optional=True, hint="Empty: the newest"),
    )
    typed = listed([code(f"/migrate start {project}") for project in known], "or")
    form = Form(title="Start a change", words="start", fields=fields, submit="Start")
    return Reply(text=f"Which project? Choose one, or type {typed}.", form=form)
