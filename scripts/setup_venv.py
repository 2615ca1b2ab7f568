"""Make a virtual environment with the package, editable, and one set of tools in it.

    python3 scripts/setup_venv.py .venv --group dev
    python3 scripts/setup_venv.py .venv-demo --extra demo

Runs on whatever `python3` is, also on one too old for the package: it then looks for a newer one on PATH. So this file
keeps to syntax that Python 3.6 reads, and to the standard library.
"""

import argparse
import os
import shutil
import subprocess
import sys

NEWEST = (3, 14)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def find_python(oldest):
    """Return a Python that can be used: the one running this if it fits, else the newest on PATH."""
    if oldest <= sys.version_info[:2] <= NEWEST:
        return sys.executable
    for minor in range(NEWEST[1], oldest[1] - 1, -1):
        found = shutil.which("python3.%d" % minor)
        # A pyenv shim stands on PATH for versions that are not switched on, so ask each whether it really runs.
        if found and subprocess.call([found, "-c", ""], stderr=subprocess.DEVNULL) == 0:
            return found
    raise SystemExit(
        "error: python3 is %d.%d, and no python%d.%d to python%d.%d is on PATH. Install one of these, for example "
        "`apt-get install python3 python3-venv`, or name one: make PYTHON=/path/to/python3.12"
        % (sys.version_info[:2] + oldest + NEWEST)
    )


def make(python, folder):
    """Make the environment, or keep the one that is there; say precisely what is missing where that cannot be."""
    inside = os.path.join(folder, "bin", "python")
    if os.path.exists(inside) and subprocess.call([inside, "-m", "pip", "--version"], stdout=subprocess.DEVNULL) == 0:
        return inside
    probe = subprocess.run([python, "-c", "import ensurepip, venv"], stderr=subprocess.DEVNULL)
    if probe.returncode:
        version = subprocess.check_output([python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"])
        raise SystemExit(
            "error: %s cannot make virtual environments, since its modules venv and ensurepip are packaged apart. "
            "On Debian and Ubuntu: apt-get install python%s-venv" % (python, version.decode().strip())
        )
    subprocess.check_call([python, "-m", "venv", "--clear", folder])
    return inside


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--group", action="append", default=[], help="a dependency group of pyproject.toml")
    parser.add_argument("--extra", action="append", default=[], help="an extra of the package")
    parser.add_argument("--oldest", default="3.10", help="the oldest Python that will do")
    options = parser.parse_args()
    os.chdir(ROOT)
    python = find_python(tuple(int(part) for part in options.oldest.split(".")))
    print("setting up %s with %s" % (options.folder, python), flush=True)
    pip = [make(python, options.folder), "-m", "pip", "--disable-pip-version-check", "--quiet"]
    # Dependency groups need pip 25.1, and a new environment has the pip that came with its Python.
    subprocess.check_call(pip + ["install", "--upgrade", "pip>=25.1"])
    target = "." + ("[%s]" % ",".join(options.extra) if options.extra else "")
    groups = [argument for group in options.group for argument in ("--group", group)]
    subprocess.check_call(pip + ["install", "--editable", target] + groups)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as problem:
        raise SystemExit("error: set-up stopped: `%s` exited with %d" % (" ".join(problem.cmd), problem.returncode))
