"""Scratch databases that nobody needs any more: left by a process that was killed, or by a run that ended
while nobody drove it. A run that is live, also a paused one, keeps its own.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Event as Flag
from threading import Thread

from bot.core.errors import Conflict, StoreGone, WhimbrelError
from bot.core.lab import Lab, Whose
from bot.core.ports import Projects
from bot.core.targets import Secret
from bot.databases.labs import Labs
from bot.drive import Garage

log = logging.getLogger(__name__)

#: Between two looks, in seconds.
EVERY = 60.0
#: On a server that several processes use, a ghost of this age is nobody's: its making takes about a second,
#: and what it waits for is bounded.
GHOST = 3600


@dataclass(slots=True, kw_only=True)
class Leftovers:
    """Looks for them on every server that this process may have used."""

    garage: Garage
    labs: Labs
    _began: float = 0.0
    _over: Flag = field(default_factory=Flag)
    _thread: Thread | None = None

    def __post_init__(self) -> None:
        self._began = self.garage.now().timestamp()

    def start(self) -> None:
        """Look now, and again every minute."""
        self._thread = Thread(target=self._serve, name="leftovers", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look no more. A look under way is waited for, but not for long."""
        self._over.set()
        if self._thread:
            self._thread.join(15)

    def drop(self) -> list[str]:
        """Drop those that are left now; their names. A server that cannot be reached is left out."""
        gone: list[str] = []
        for lab, own in self.labs.used(_named(self.garage.projects)):
            try:
                gone += self._dropped(lab, own=own)
            except StoreGone:
                raise
            except WhimbrelError as error:
                log.info("leftovers are not looked for: %s", error.message)
        return gone

    def _dropped(self, lab: Lab, *, own: bool) -> Iterable[str]:
        # The names first: a run that is live when its change is read afterwards may have been so all along,
        # and one that is not will never be again.
        for name in sorted(lab.scratches.names()):
            whose = lab.whose(name)
            if whose and not self._needed(whose, own=own):
                lab.scratches.drop(name)
                log.info("dropped the scratch database %s, which was left behind", name)
                yield name

    def _needed(self, whose: Whose, *, own: bool) -> bool:
        if whose.born:
            # What a server of our own holds from before our start belongs to a process that is gone.
            return whose.born >= (int(self._began) if own else self.garage.now().timestamp() - GHOST)
        try:
            run = self.garage.change(whose.change).runs.get(whose.run)
        except Conflict:  # nobody has opened such a change
            return False
        return run is not None and run.live

    def _serve(self) -> None:
        while True:
            try:
                self.drop()
            except StoreGone:
                log.info("leftovers are not looked for: the store is out of reach")
            except Exception:
                log.exception("a fault of our own while looking for leftovers")
            if self._over.wait(EVERY):
                return


def _named(projects: Projects) -> list[Secret]:
    """The addresses of the rehearsal servers that projects name; a project whose file is wrong names none."""
    found = []
    for name in projects.names():
        try:
            server = projects.rehearsal_server(name)
        except WhimbrelError:
            continue
        found += [server] if server else []
    return found
