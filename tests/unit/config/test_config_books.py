"""Where executions are kept, whose days they are added up by, and where metrics go."""

# ruff: noqa: E501 - the lines stand here as users see them

from __future__ import annotations

from pathlib import Path

import pytest

from otel_agentcost.config.convert import engine_settings
from otel_agentcost.config.load import load_config
from otel_agentcost.config.model import Config
from otel_agentcost.config.schema import File
from otel_agentcost.engine.measurements.settings import ExportSettings
from otel_agentcost.engine.settings import EngineSettings
from otel_agentcost.stores.settings import RetentionSettings, StoreSettings
from tests.unit.config.loading import load, refused

DAY = 86_400


def test_every_section_reaches_its_settings(tmp_path: Path) -> None:
    found = load(
        tmp_path,
        """
store:
  url: postgresql://agentcost:s3cret@db.internal/agentcost
  retention: {calls: 12w, executions: 2y, days: forever}
  flush_seconds: 0.5
  max_pending_spans: 5000
  synchronous: normal
export:
  otlp_endpoint: http://localhost:4317
  protocol: http/protobuf
  headers: {x-api-key: abc}
  interval_seconds: 15
  user_label: true
  max_label_sets: 500
time_zone: Europe/Berlin
""",
    )
    assert found.store == StoreSettings(
        "postgresql://agentcost:s3cret@db.internal/agentcost",
        RetentionSettings(84 * DAY, 730 * DAY, None),
        flush_seconds=0.5,
        max_pending_spans=5000,
        synchronous="normal",
    )
    assert found.export == ExportSettings(
        "http://localhost:4317", "http/protobuf", {"x-api-key": "abc"}, 15, user_label=True, max_label_sets=500
    )
    assert found.time_zone == "Europe/Berlin"


def test_the_schema_has_the_defaults_of_the_settings(tmp_path: Path) -> None:
    found = load(tmp_path, "store: {retention: {}}\nexport: {}\n")
    assert (found.store, found.export, found.time_zone) == (Config().store, Config().export, Config().time_zone)
    assert engine_settings(File()) == EngineSettings()


def test_each_setting_is_a_variable_too() -> None:
    found = load_config(
        environ={
            "AGENTCOST_STORE_URL": "postgresql:///agentcost",
            "AGENTCOST_STORE_RETENTION_CALLS": "36h",
            "AGENTCOST_EXPORT_HEADERS": "{authorization: Bearer abc}",
            "AGENTCOST_EXPORT_USER_LABEL": "true",
            "AGENTCOST_TIME_ZONE": "Pacific/Apia",
        }
    )
    assert found.store.url == "postgresql:///agentcost"
    assert found.store.retention.calls_seconds == 36 * 3600
    assert found.export.headers == {"authorization": "Bearer abc"}
    assert found.export.user_label is True
    assert found.time_zone == "Pacific/Apia"


def test_a_file_lies_beside_the_configuration_that_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that `agentcost report`, run anywhere with the same configuration, reads what the program wrote."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    found = load(tmp_path, "store: {url: sqlite:///books/agentcost.db}")
    assert found.store.url == f"sqlite:///{(tmp_path / 'books' / 'agentcost.db').as_posix()}"
    by_variable = load(tmp_path, "store: {url: memory}", AGENTCOST_STORE_URL="sqlite:///here.db")
    assert by_variable.store.url == f"sqlite:///{(elsewhere / 'here.db').as_posix()}"
    absolute = load(tmp_path, "store: {url: sqlite:////var/lib/agentcost.db}")
    assert absolute.store.url == "sqlite:////var/lib/agentcost.db"
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert load(tmp_path, "store: {url: sqlite:///~/a.db}").store.url.endswith("/home/a.db")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://h/db",
        "cockroachdb://u@h:26257/db?sslmode=verify-full",
        "postgresql://u:p%40@[::1]:5432/db",
    ],
)
def test_an_address_of_a_server_stays_as_it_is(tmp_path: Path, url: str) -> None:
    assert load(tmp_path, f"store: {{url: '{url}'}}").store.url == url


@pytest.mark.parametrize("url", ["memory", "memory:", "memory://", " memory "])
def test_memory_is_spelled_one_way(tmp_path: Path, url: str) -> None:
    assert load(tmp_path, f"store: {{url: '{url}'}}").store.url == "memory:"


ADDRESSES = {
    "mysql://u:s3cret@h/db": "an address that begins 'mysql:' is not allowed: allowed: cockroachdb, memory, postgresql, sqlite",
    "postgres://u:s3cret@h/db": "an address that begins 'postgres:' is not allowed: did you mean 'postgresql'?",
    "sqlite+pysqlcipher:///s3cret": "an address that begins 'sqlite+pysqlcipher:' is not allowed: write sqlite: without +pysqlcipher",
    "postgresql+asyncpg://u:s3cret@h/db": "an address that begins 'postgresql+asyncpg:' is not allowed: write postgresql: without +asyncpg",
    "postgresql://h/db?sslmode=on&password=s3cret": (
        "a password in the query is in everything that shows the address: write USER:PASSWORD@HOST"
    ),
    "memory:s3cret": "nothing stands behind memory:",
    "sqlite://s3cret": "an address of SQLite is sqlite:///FILE, or sqlite:////FOLDER/FILE from the root on",
    "sqlite:s3cret.db": "an address of SQLite is sqlite:///FILE, or sqlite:////FOLDER/FILE from the root on",
    "sqlite:///": "an address of SQLite is sqlite:///FILE, or sqlite:////FOLDER/FILE from the root on",
    "sqlite:///:memory:": "SQLite in memory is nothing that processes could share; write memory",
    "postgresql:u:s3cret@h/db": "an address of PostgreSQL is postgresql://USER:PASSWORD@HOST/DATABASE",
    "postgresql://u:s3/cret@h/db": (
        "its host and port cannot be read: write special characters of a password as percent codes, such as %40 for @"
    ),
    "s3cret": "this is no address; allowed: memory, sqlite:///FILE, or postgresql://USER:PASSWORD@HOST/DATABASE",
    "": "this is no address; allowed: memory, sqlite:///FILE, or postgresql://USER:PASSWORD@HOST/DATABASE",
}


@pytest.mark.parametrize(("url", "why"), ADDRESSES.items())
def test_a_wrong_address_is_one_precise_line_without_its_password(tmp_path: Path, url: str, why: str) -> None:
    assert refused(tmp_path, f"store:\n  url: '{url}'") == [f"FILE:2: store.url: {why}"]


@pytest.mark.parametrize("url", ["sqlite:///x.db", "memory", "sqlite:////var/lib/x.db"])
def test_an_address_in_place_of_the_section_is_told_how_it_is_written(tmp_path: Path, url: str) -> None:
    assert refused(tmp_path, f"store: {url}") == [
        f"FILE:1: store: '{url}' is not allowed; did you mean store: {{url: {url}}}?"
    ]
    load(tmp_path, f"store: {{url: {url}}}")


@pytest.mark.parametrize(
    "url", ["postgresql://u:s3cret@h/db", "s3cret@h", "s3cret", "postgresql://h/db?password=s3cret"]
)
def test_an_address_in_place_of_the_section_keeps_its_password_to_itself(tmp_path: Path, url: str) -> None:
    assert refused(tmp_path, f"store: {url}") == ["FILE:1: store: *** is not allowed; did you mean store: {url: ***}?"]


def test_what_is_no_text_in_place_of_the_section_is_told_its_keys(tmp_path: Path) -> None:
    (line,) = refused(tmp_path, "store: [sqlite:///x.db]")
    assert line.startswith("FILE:1: store: a list is not allowed; allowed: a mapping with url, retention")


@pytest.mark.parametrize("time", ["90", "90days", "0d", "-1d", "1.5d", "never", "soon", "1m"])
def test_a_time_that_is_none_is_one_precise_line(tmp_path: Path, time: str) -> None:
    (line,) = refused(tmp_path, f"store: {{retention: {{calls: {time}}}}}")
    assert line.startswith("FILE:1: store.retention.calls: ")
    assert line.endswith(
        " is not allowed; allowed: a time such as 36h, 90d, 12w or 2y, or forever; at most as long as executions"
    )


@pytest.mark.parametrize(
    ("retention", "line"),
    [
        (
            "{calls: 500d}",
            "calls: '500d' is not allowed beside executions: 400d, which must last at least as long",
        ),
        (
            "{calls: forever}",
            "calls: 'forever' is not allowed beside executions: 400d, which must last at least as long",
        ),
        (
            "{days: 1y}",
            "executions: '400d' is not allowed beside days: 1y, which must last at least as long",
        ),
    ],
)
def test_what_is_made_of_something_is_not_dropped_before_it(tmp_path: Path, retention: str, line: str) -> None:
    assert refused(tmp_path, f"store: {{retention: {retention}}}") == [f"FILE:1: store.retention.{line}"]
    assert load(tmp_path, "store: {retention: {calls: 400d, executions: 400d, days: 400d}}")


ZONES = {
    "Europe/Berln": "'Europe/Berln' is no IANA time zone; did you mean Europe/Berlin",
    "berlin": "'berlin' is no IANA time zone; did you mean Europe/Berlin",
    "../etc/passwd": "'../etc/passwd' is no IANA time zone; names are such as Europe/Berlin, America/New_York or UTC",
    "Europe": "'Europe' is no IANA time zone; ",
}


@pytest.mark.parametrize(("name", "why"), ZONES.items())
def test_a_time_zone_that_is_none_is_one_precise_line(tmp_path: Path, name: str, why: str) -> None:
    (line,) = refused(tmp_path, f"prices: {{}}\ntime_zone: {name}")
    assert line.startswith(f"FILE:2: time_zone: {why}")


@pytest.mark.parametrize(
    "endpoint", ["localhost:4317", "grpc://h:4317", "http://", "http://u:p@h:4317", "http://h:4317?k=v", "http://a b"]
)
def test_an_endpoint_is_an_address_without_credentials(tmp_path: Path, endpoint: str) -> None:
    (line,) = refused(tmp_path, f"export: {{otlp_endpoint: '{endpoint}'}}")
    assert line.endswith(
        "is not allowed; allowed: an address such as http://localhost:4317, without user, password or query; credentials "
        "are headers"
    )
    for good in ("http://localhost:4317", "https://otlp.example.com/v1", "http://[::1]:4318/"):
        assert load(tmp_path, f"export: {{otlp_endpoint: '{good}'}}").export.otlp_endpoint == good


HEADERS = {
    "{a b: s3cret}": "['a b']: a header's name has letters, digits and - only",
    "{x-key: s3cret, X-Key: s3cret}": ".X-Key: is the same as another header: remove one",
    '{x-key: "s3cret\\r\\nx-other: 1"}': ".x-key: a header's value is of printable ASCII",
    "{x-key: [s3cret]}": ".x-key: a list is not allowed; allowed: a mapping from header names to their values, such as {x-api-key: …}",
    "{x-key: 17}": ".x-key: *** is not allowed; allowed: a mapping from header names to their values, such as {x-api-key: …}",
    "x-key=s3cret": ": *** is not allowed; allowed: a mapping from header names to their values, such as {x-api-key: …}",
}


@pytest.mark.parametrize(("headers", "line"), HEADERS.items())
def test_a_wrong_header_is_one_precise_line_without_its_value(tmp_path: Path, headers: str, line: str) -> None:
    assert refused(tmp_path, f"export: {{headers: {headers}}}") == [f"FILE:1: export.headers{line}"]
