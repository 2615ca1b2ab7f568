"""Load a configuration as a program would, from a file of the test's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from otel_agentcost.config.errors import ConfigError
from otel_agentcost.config.load import load_config
from otel_agentcost.config.model import Config


def load(tmp_path: Path, text: str, **environ: str) -> Config:
    path = tmp_path / "agentcost.yaml"
    path.write_text(text, encoding="utf-8")
    return load_config(str(path), environ)


def refused(tmp_path: Path, text: str, **environ: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        load(tmp_path, text, **environ)
    return str(raised.value).replace(str(tmp_path / "agentcost.yaml"), "FILE").splitlines()
