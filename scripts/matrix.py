"""Run the fast tests on the oldest and newest that we support: `make matrix`.

`lowest` installs each core dependency, and all of OpenTelemetry, in the oldest version that pyproject.toml allows.
Tests that need a package which an old Python cannot have are skipped there, and run elsewhere in the matrix.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from interpreters import find_python

ROOT = Path(__file__).resolve().parent.parent
TESTS = ("tests/unit", "tests/property", "tests/golden", "--ignore=tests/unit/house")  # the house is the same anywhere
NO_SKIPS = "AGENTCOST_NO_SKIPS"


class Cell(NamedTuple):
    python: str
    dependencies: str

    @property
    def name(self) -> str:
        return f"py{self.python}-{self.dependencies}"


CELLS = (Cell("3.10", "lowest"), Cell("3.11", "lowest"), Cell("3.13", "newest"))


def lower_bounds(pyproject: str) -> list[str]:
    """Return `name==version` for each core dependency and each OpenTelemetry package, at its lower bound."""
    core = pyproject.partition("\ndependencies = [")[2].partition("\n]")[0]
    found = re.findall(r'"([\w-]+)(?:\[[\w,]+\])?>=([\w.]+)', core)
    found += re.findall(r'"(opentelemetry-[\w-]+)>=(1\.30)\b', pyproject)
    return sorted({f"{name}=={version}" for name, version in found})


def prepare(cell: Cell, python: Path) -> Path:
    """Make the cell's environment, or keep the one made from the same pyproject.toml, and return its Python."""
    folder = ROOT / ".cache" / "matrix" / cell.name
    inside, stamp = folder / "bin" / "python", folder / ".ready"
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    if stamp.exists() and stamp.read_text(encoding="utf-8") == pyproject:
        return inside
    subprocess.run([python, "-m", "venv", "--clear", folder], check=True)
    pip = [inside, "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    subprocess.run([*pip, "--upgrade", "pip>=25.1"], check=True)
    constraints = folder / "constraints.txt"
    constraints.write_text("\n".join(lower_bounds(pyproject) if cell.dependencies == "lowest" else []) + "\n")
    subprocess.run([*pip, "--constraint", constraints, "--editable", ".", "--group", "test"], cwd=ROOT, check=True)
    stamp.write_text(pyproject, encoding="utf-8")
    return inside


def main() -> int:
    failed: list[str] = []
    missing: list[str] = []
    environment = {name: value for name, value in os.environ.items() if name != NO_SKIPS}
    for cell in CELLS:
        python = find_python(cell.python)
        if python is None:
            missing.append(f"{cell.name}: no Python {cell.python} on PATH, under pyenv or among uv's")
            continue
        print(f"== {cell.name}", flush=True)
        inside = prepare(cell, python)
        command = [
            inside,
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            "-m",
            "not integration and not performance",
            *TESTS,
        ]
        if subprocess.run(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, check=False).returncode:
            failed.append(f"{cell.name}: tests failed")
    for line in [*failed, *missing]:
        print(line)
    return 1 if failed or (missing and os.environ.get(NO_SKIPS, "") not in ("", "0")) else 0


if __name__ == "__main__":
    sys.exit(main())
