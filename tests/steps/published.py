"""Revisions that other projects have published, laid out as a project of their own.

The files are those of the installed packages, byte for byte. Only env.py is ours: theirs read the settings of
a whole installation.
"""

from __future__ import annotations

import re
import shutil
from importlib.util import find_spec
from pathlib import Path

ENV = """
from alembic import context
from sqlalchemy import create_engine, pool

if context.is_offline_mode():
    context.configure(url="postgresql+psycopg://", literal_binds=True, version_table=VERSIONS)
    with context.begin_transaction():
        context.run_migrations(**MORE)
else:
    with create_engine("postgresql+psycopg://nowhere/none", poolclass=pool.NullPool).connect() as link:
        context.configure(connection=link, version_table=VERSIONS)
        with context.begin_transaction():
            context.run_migrations(**MORE)
"""


def quetz(root: Path) -> None:
    """quetz-server 0.10.4 (BSD-3-Clause): packages of a conda server, with a merge of two branches."""
    _laid_out(root, _place("quetz", "migrations"), sorted(_files("quetz", "migrations")))


def keylime(root: Path) -> None:
    """keylime 7.14.3 (Apache-2.0): its verifier's tables, up to the first revision that needs a whole
    installation to be read."""
    files = _files("keylime", "migrations")
    parents = {_said(f, "revision"): (_said(f, "down_revision"), f) for f in files}
    wanted, at = [], "039322ea079b"
    while at:
        at, file = parents[at]
        wanted.append(file)
    _laid_out(root, _place("keylime", "migrations"), wanted, {"engine_name": "cloud_verifier"})
    env = root / "scripts" / "env.py"
    env.write_text(
        f"import keylime.db.registrar_db\nimport keylime.db.verifier_db\n{env.read_text()}"
    )  # its column types, as its own env.py


def _place(package: str, folder: str) -> Path:
    spec = find_spec(package)
    assert spec and spec.origin
    return Path(spec.origin).parent / folder


def _files(package: str, folder: str) -> list[Path]:
    return [f for f in (_place(package, folder) / "versions").glob("*.py") if f.name != "__init__.py"]


def _said(file: Path, what: str) -> str:
    found = re.search(rf"^{what} = ['\"](\w+)['\"]", file.read_text(), re.MULTILINE)
    return found[1] if found else ""


def _laid_out(root: Path, place: Path, files: list[Path], more: dict[str, str] | None = None) -> None:
    (root / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/scripts\n")
    (root / "scripts" / "versions").mkdir(parents=True)
    head = f"VERSIONS = 'alembic_version'\nMORE = {more or {}!r}\n"
    (root / "scripts" / "env.py").write_text(head + ENV)
    for file in files:
        shutil.copy(file, root / "scripts" / "versions")
