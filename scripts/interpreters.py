"""Find a Python of a given version: on PATH, under pyenv, or among uv's own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path


def find_python(version: str) -> Path | None:
    """Return an interpreter such as `3.10` that really runs and can make environments, or None."""
    return next((path for path in _candidates(version) if _is(path, version)), None)


def _candidates(version: str) -> Iterator[Path]:
    home = Path.home()
    pyenv = Path(os.environ.get("PYENV_ROOT") or home / ".pyenv")
    for folder, pattern in (
        (pyenv / "versions", f"{version}.*/bin/python{version}"),
        (home / ".local" / "share" / "uv" / "python", f"cpython-{version}.*/bin/python{version}"),
    ):
        yield from sorted(folder.glob(pattern), reverse=True)
    # Last, since pyenv puts shims on PATH, which answer only for versions that are switched on.
    found = shutil.which(f"python{version}")
    if found:
        yield Path(found)


def _is(path: Path, version: str) -> bool:
    code = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([path, "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.strip() == version
