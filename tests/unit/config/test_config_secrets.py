"""A key, a password or a header's value never reaches an error, a log or what a command prints."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from otel_agentcost.config.credentials import hide_credentials
from otel_agentcost.config.errors import ConfigError
from otel_agentcost.config.load import load_config
from otel_agentcost.engine.settings import IdentityHashing
from tests.unit.config.loading import load, refused

SECRET = "4f2a9c81d07be356aa91c7e2b6f01d38"

MISTAKES = {
    "a short key": "identity: {hash_users: {key: 4f2a9c81}}",
    "a key that is a number": "identity: {hash_users: {key: 49281073569172601384928107356917}}",
    "a key in a list": f"identity: {{hash_users: {{key: [{SECRET}]}}}}",
    "a key without its name": f"identity: {{hash_users: {SECRET}}}",
    "a key as a name": f"identity: {{hash_users: {{{SECRET}: }}}}",
    "a key under a wrong name": f"identity: {{hash_users: {{secret: {SECRET}}}}}",
    "a key where a list stands": f"identity: {{hash_users: {{key: {SECRET}, parts: {SECRET}}}}}",
    "a key as an alias": f"identity: {{hash_users: {{key: *{SECRET}}}}}",
    "a key as a tag": f"identity: {{hash_users: {{key: !{SECRET} x}}}}",
    "an address of a database alone": f"store: postgresql://u:{SECRET}@h/db",
    "an address without slashes alone": f"store: postgresql:u:{SECRET}@h/db",
    "an address as a name": f"store: {{postgresql://u:{SECRET}@h/db: }}",
    "an address that is cut": f"store: {{flush_seconds: postgresql://{'u' * 30}:{SECRET}@h/db}}",
    "an address elsewhere": f"prices: {{refresh: {{url: 'ftp://u:{SECRET}@h/db'}}}}",
    "a password with an at sign and a blank": f"prices: {{unknown: 'postgresql://u:p@ {SECRET}@h/db'}}",
    "a password in a query": f"prices: {{unknown: 'postgresql://h/db?sslmode=on&password={SECRET}'}}",
    "another database": f"store: {{url: 'mysql://u:{SECRET}@h/db'}}",
    "a port that is none": f"store: {{url: 'postgresql://u:p/{SECRET}@h/db'}}",
    "a list of addresses": f"store: {{url: ['postgresql://u:{SECRET}@h/db']}}",
    "a header": f"export: {{headers: {{authorization: [{SECRET}]}}}}",
    "headers as text": f"export: {{headers: 'authorization=Bearer {SECRET}'}}",
    "a header that cannot be sent": f"export: {{headers: {{authorization: 'Bearer {SECRET}ü'}}}}",
    "an endpoint with a password": f"export: {{otlp_endpoint: 'https://u:{SECRET}@h:4317'}}",
}


@pytest.mark.parametrize("text", MISTAKES.values(), ids=MISTAKES)
def test_no_mistake_shows_a_secret(tmp_path: Path, text: str) -> None:
    said = "\n".join(refused(tmp_path, text))
    for secret in (SECRET, SECRET[:8], "49281073569172601384928107356917"):
        assert secret not in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AGENTCOST_IDENTITY_HASH_USERS_KEY", SECRET[:31]),
        ("AGENTCOST_IDENTITY_HASH_USERS_PARTS", SECRET),
        ("AGENTCOST_IDENTITY_HASH_USERS", SECRET),
        ("AGENTCOST_STORE_URL", f"postgresql:{SECRET}"),
        ("AGENTCOST_STORE", f"postgresql://u:{SECRET}@h"),
        ("AGENTCOST_EXPORT_HEADERS", f"authorization={SECRET}"),
        ("AGENTCOST_EXPORT_HEADERS", f"{{authorization: *{SECRET}}}"),
        ("AGENTCOST_EXPORT_HEADERS", f"{{authorization: {SECRET}, "),
        ("AGENTCOST_PRICES_REFRESH_URL", f"ftp://u:{SECRET}@h"),
    ],
)
def test_no_wrong_variable_shows_a_secret(
    name: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as raised:
        load_config(environ={name: value})
    assert name in str(raised.value)
    assert SECRET[:8] not in str(raised.value)


def test_a_variable_for_a_section_that_is_a_secret_does_not_show_it(tmp_path: Path) -> None:
    lines = refused(tmp_path, f"identity: {{hash_users: {SECRET}}}", AGENTCOST_IDENTITY_HASH_USERS_KEY="x")
    assert lines == [
        "AGENTCOST_IDENTITY_HASH_USERS_KEY: cannot be set, since identity.hash_users is *** and no mapping"
    ]


def test_a_misspelt_key_is_named_where_secrets_stand_too(tmp_path: Path) -> None:
    assert refused(tmp_path, "store:\n  ulr: memory\nidentity:\n  hash_users: {keey: x, key: y}") == [
        "FILE:2: store.ulr: no such key: did you mean 'url'?",
        "FILE:4: identity.hash_users.keey: no such key: did you mean 'key'?",
    ]


def test_what_a_debugger_shows_of_a_configuration_holds_no_secret(tmp_path: Path) -> None:
    found = load(
        tmp_path,
        f"""
identity: {{hash_users: {{key: {SECRET}, parts: [user, session]}}}}
store: {{url: 'postgresql://u:{SECRET}@h/db'}}
export: {{headers: {{authorization: {SECRET}}}}}
""",
    )
    assert SECRET not in repr(found)
    assert found.engine.identity.hashing == IdentityHashing(SECRET, ("user", "session"))
    assert SECRET in found.store.url


@pytest.mark.parametrize("command", [("config", "check"), ("doctor",), ("doctor", "--format", "json")])
def test_no_command_prints_a_secret(tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "agentcost.yaml").write_text(
        f"store: {{url: 'postgresql://u:{SECRET}@127.0.0.1:1/db'}}\nexport: {{headers: {{authorization: {SECRET}}}}}\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "otel_agentcost.cli.main", *command],
        cwd=tmp_path,
        env={**os.environ, "AGENTCOST_IDENTITY_HASH_USERS_KEY": SECRET[::-1]},
        capture_output=True,
        text=True,
        check=False,
    )
    printed = done.stdout + done.stderr
    assert "AGENTCOST_IDENTITY_HASH_USERS_KEY" in printed
    assert SECRET not in printed
    assert SECRET[::-1] not in printed


def test_hashing_asks_for_its_key_and_never_goes_off_in_silence(tmp_path: Path) -> None:
    asked = "32 or more random characters, the same wherever the same users come from"
    assert refused(tmp_path, "identity: {hash_users: {}}") == [f"FILE:1: identity.hash_users.key: is missing: {asked}"]
    assert refused(tmp_path, "identity:\n  hash_users:") == [
        "FILE:2: identity.hash_users: nothing is not allowed; allowed: a mapping with key, parts"
    ]
    for text in ("identity: {hash_users: {}}", "identity:\n  hash_users:", ""):
        found = load(tmp_path, text, AGENTCOST_IDENTITY_HASH_USERS_KEY=SECRET)
        assert found.engine.identity.hashing == IdentityHashing(SECRET)
    assert load(tmp_path, "identity: {team: [t]}").engine.identity.hashing is None


@pytest.mark.parametrize("parts", ["[]", "[team]", "[user, user]", "user"])
def test_only_what_can_tell_persons_apart_is_hashed(tmp_path: Path, parts: str) -> None:
    (line,) = refused(tmp_path, f"identity: {{hash_users: {{key: {SECRET}, parts: {parts}}}}}")
    assert "identity.hash_users.parts" in line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://u:p@ss/w:d@host/db", "postgresql://u:***@host/db"),
        ("'postgresql://u:p w@h/db?a=b&password=x' is wrong", "'postgresql://u:***@h/db?a=b&password=***' is wrong"),
        ("postgresql://h/db?sslpassword=x", "postgresql://h/db?sslpassword=***"),
        ("http://localhost:4318/v1 and sqlite:///a.db", "http://localhost:4318/v1 and sqlite:///a.db"),
        ("postgresql://bob@h/db", "postgresql://bob@h/db"),
    ],
)
def test_an_address_is_shown_without_its_password(text: str, shown: str) -> None:
    assert hide_credentials(text) == shown
