"""Virtual environments with SDKs of other versions, kept in the checkout's `.cache` from run to run.

In the checkout, since each holds it as an editable install: two checkouts that shared one would test each other's code.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "environments"

_NO_INDEX = re.compile(r"dns error|failed to lookup|name resolution|connection (refused|reset)|network is|timed out|"
                       r"could not connect|client error \(connect\)|max retries", re.IGNORECASE)  # fmt: skip


def environment(python: str, *requirements: str) -> Path:
    """Return the `bin` folder of an environment with these packages and this checkout, making it where it is missing.

    Skips the test where there is no such interpreter or no package index; any other failure fails it.
    """
    name = re.sub(r"[^\w.]+", "-", "-".join((f"py{python}", *requirements)))
    folder = CACHE / name
    binaries = folder / "bin"
    done = folder / "ready"
    wanted = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    if done.is_file() and done.read_text(encoding="utf-8") == wanted:
        return binaries
    interpreter = find_interpreter(python)
    if interpreter is None:
        pytest.skip(f"no Python {python} on this machine")
    CACHE.mkdir(parents=True, exist_ok=True)
    # Anew and by pip alone: what an earlier run left half made, or another tool made, is not to be trusted.
    _run(str(interpreter), "-m", "venv", "--clear", "--upgrade-deps", str(folder))
    _run(str(binaries / "python"), "-m", "pip", "install", "--quiet", "--editable", str(ROOT), *requirements)
    done.write_text(wanted, encoding="utf-8")
    return binaries


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode and _NO_INDEX.search(done.stderr):
        pytest.skip("no package index within reach")
    assert done.returncode == 0, done.stderr


def find_interpreter(python: str) -> Path | None:
    """Return a Python of this version, such as `3.10`, that runs here, or None."""
    return next((candidate for candidate in _candidates(python) if _is(candidate, python)), None)


def _candidates(python: str) -> Iterator[Path]:
    yield Path(sys.executable)
    if found := shutil.which(f"python{python}"):
        yield Path(found)
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(pyenv.glob(f"versions/{python}*/bin/python"))
    yield Path(f"/usr/bin/python{python}")


def _is(candidate: Path, python: str) -> bool:
    try:
        program = "import sys; print('%d.%d' % sys.version_info[:2])"
        done = subprocess.run([candidate, "-c", program], capture_output=True, text=True, check=False, timeout=30)
    except OSError:
        return False
    return done.returncode == 0 and done.stdout.strip() == python
