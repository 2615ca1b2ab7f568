"""A real Prometheus (Debian's) that scrapes one target, and its API."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

_CONFIGURATION = """\
global: {{scrape_interval: 500ms, scrape_timeout: 400ms}}
scrape_configs:
  - job_name: agents
    static_configs: [{{targets: ["127.0.0.1:{target}"]}}]
"""


class Prometheus:
    """The API of a running server."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}"

    def query(self, expression: str) -> list[tuple[dict[str, str], float]]:
        """Return the labels and the value of each series, as of now."""
        data = self._get("/api/v1/query", query=expression)
        return [(each["metric"], float(each["value"][1])) for each in data["result"]]

    def exemplars(self, selector: str, since: float, until: float) -> list[dict[str, Any]]:
        """Return the exemplars of series, each with `labels`, `value` and its `series`. Times are Unix seconds."""
        data = self._get("/api/v1/query_exemplars", query=selector, start=since, end=until)
        return [{**each, "series": found["seriesLabels"]} for found in data for each in found["exemplars"]]

    def metric_names(self) -> set[str]:
        return set(self._get("/api/v1/label/__name__/values"))

    def wait_for(self, expression: str, seconds: float = 30) -> list[tuple[dict[str, str], float]]:
        """Return what an expression matches, once it matches anything."""
        until = time.monotonic() + seconds
        while not (found := self.query(expression)):
            assert time.monotonic() < until, f"Prometheus knows nothing of {expression}"
            time.sleep(0.1)
        return found

    def is_ready(self) -> bool:
        try:
            with urlopen(f"{self._url}/-/ready", timeout=5) as answer:
                return answer.status == 200
        except (URLError, OSError):
            return False

    def _get(self, path: str, **parameters: Any) -> Any:
        with urlopen(f"{self._url}{path}?{urlencode(parameters)}", timeout=10) as answer:
            return json.load(answer)["data"]


@contextmanager
def prometheus(target_port: int, folder: Path) -> Iterator[Prometheus]:
    """Run a Prometheus that scrapes `/metrics` of a port on this machine twice a second and keeps exemplars.

    Skips the test where none is installed.
    """
    binary = shutil.which("prometheus")
    if binary is None:
        pytest.skip("no Prometheus is installed; Debian's package is named prometheus")
    port = free_port()
    configuration = folder / "prometheus.yml"
    configuration.write_text(_CONFIGURATION.format(target=target_port), encoding="utf-8")
    log = folder / "prometheus.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [
                binary, f"--config.file={configuration}", f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}", "--enable-feature=exemplar-storage", "--log.level=warn",
            ],
            stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            server = Prometheus(port)
            until = time.monotonic() + 30
            while not server.is_ready():
                assert process.poll() is None, log.read_text(encoding="utf-8")
                assert time.monotonic() < until, log.read_text(encoding="utf-8")
                time.sleep(0.1)
            yield server
        finally:
            process.terminate()
            process.wait(timeout=30)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
