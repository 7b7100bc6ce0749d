"""Takes a project's modules from their sources, and knows the bytes that each came from. Loaded by path in
the project's own interpreter; needs the standard library only.

A cache that is as long and as old as an edited file is taken by Python for its own, and a file can be written
anew between a look at it and its import. So caches are passed over, and what counts as a script's text are
the bytes that were compiled.
"""

from __future__ import annotations

import os
import re
import sysconfig
from collections.abc import Iterable
from hashlib import sha256
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

_PACKAGES = re.compile(r"[/\\](site|dist)-packages[/\\]")


class Sources:
    """Listens at the import system from its making on: make it before the project's first import."""

    def __init__(self, folders: Iterable[Path | str]) -> None:
        """`folders` hold the scripts; those are the project's own even among installed packages."""
        self._scripts = tuple(_below(f) for folder in folders for f in (folder, Path(folder).resolve()))
        self._installed = tuple(_below(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib"))
        self._bytes: dict[str, bytes] = {}
        stats, compiled = SourceFileLoader.path_stats, SourceFileLoader.source_to_code

        def path_stats(loader: SourceFileLoader, path: Any) -> Any:
            if self._ours(str(path)):
                raise OSError  # the import system's word for "there is no cache"
            return stats(loader, path)

        def source_to_code(loader: SourceFileLoader, data: Any, path: Any, *args: Any, **words: Any) -> Any:
            if self._ours(str(path)):
                self._bytes[str(path)] = bytes(data)
            return compiled(loader, data, path, *args, **words)

        SourceFileLoader.path_stats = path_stats  # type: ignore[method-assign,assignment]
        SourceFileLoader.source_to_code = source_to_code  # type: ignore[method-assign,assignment]

    def of(self, module: ModuleType) -> bytes:
        """The bytes that a module of the project was compiled from; ImportError when it was not seen."""
        data = self._bytes.get(str(module.__file__))
        if data is None:
            raise ImportError(f"{module.__file__} was not taken from its source")
        return data

    def checksum(self, module: ModuleType) -> str:
        """sha256 of those bytes."""
        return sha256(self.of(module)).hexdigest()

    def _ours(self, path: str) -> bool:
        installed = path.startswith(self._installed) or _PACKAGES.search(path)
        return not installed or path.startswith(self._scripts)


def _below(folder: Path | str) -> str:
    return f"{Path(folder).absolute()}{os.sep}"
