"""The doctor says whether what executions cost is kept."""

from __future__ import annotations

import socket
import tempfile
from pathlib import Path

import pytest

from otel_agentcost.cli.doctor_store import check_export, check_store
from otel_agentcost.cli.finding import Finding
from otel_agentcost.stores.open import open_store


def found(tmp_path: Path, configuration: str) -> Finding:
    file = tmp_path / "agentcost.yaml"
    file.write_text(configuration)
    (finding,) = check_store(str(file), {})
    return finding


def test_a_store_in_memory_is_said_to_end_with_the_process(tmp_path: Path) -> None:
    assert "ends with the process" in found(tmp_path, "{}").found


def test_a_file_that_is_not_there_yet_is_fine_and_is_not_made(tmp_path: Path) -> None:
    finding = found(tmp_path, "store: {url: 'sqlite:///books.db'}")
    assert (finding.state, "not there yet" in finding.found) == ("ok", True)
    assert not (tmp_path / "books.db").exists()


def test_what_is_there_is_counted(tmp_path: Path) -> None:
    open_store(f"sqlite:///{tmp_path}/books.db", "Europe/Berlin").close()
    configuration = "store: {url: 'sqlite:///books.db'}\ntime_zone: "
    assert found(tmp_path, configuration + "Europe/Berlin").state == "ok"
    other = found(tmp_path, configuration + "Asia/Tokyo")
    assert (other.state, "days of Europe/Berlin" in other.found) == ("warning", True)


@pytest.mark.parametrize(
    ("content", "url"), [(b"no database at all, whatever it is called\n" * 40, "books.db"), (None, "none/books.db")]
)
def test_what_cannot_be_a_store_is_a_problem(tmp_path: Path, content: bytes | None, url: str) -> None:
    if content is not None:
        (tmp_path / url).write_bytes(content)
    assert found(tmp_path, f"store: {{url: 'sqlite:///{url}'}}").state == "problem"


def test_a_server_that_is_away_is_a_problem(tmp_path: Path) -> None:
    finding = found(tmp_path, "store: {url: 'postgresql://somebody@127.0.0.1:9/books'}")
    assert finding.state == "problem"


def exported(tmp_path: Path, endpoint: str) -> Finding:
    file = tmp_path / "agentcost.yaml"
    file.write_text(f"export: {{otlp_endpoint: '{endpoint}'}}")
    (finding,) = check_export(str(file), {})
    return finding


def test_an_endpoint_of_metrics_and_events_is_tried() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, tempfile.TemporaryDirectory() as folder:
        port = server.getsockname()[1]
        assert exported(Path(folder), f"http://127.0.0.1:{port}").state == "ok"
        server.close()
        away = exported(Path(folder), f"http://127.0.0.1:{port}")
        assert (away.state, "export.otlp_endpoint" in away.found) == ("problem", True)


def test_an_exporter_that_is_not_installed_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("otel_agentcost.cli.doctor_store.is_installed", lambda module: "grpc" not in module)
    finding = exported(tmp_path, "http://localhost:4317")
    assert (finding.state, finding.advice) == ("problem", "pip install 'otel-agentcost[otlp]'")
