"""What is set: our configuration, the prices, and the OpenTelemetry variables that decide what costs are seen."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timezone
from urllib.parse import urlsplit

from otel_agentcost.cli.doctor_zero_code import ENABLED, is_enabled
from otel_agentcost.cli.finding import Finding, ok, problem, warning

CONNECT_SECONDS = 1.0
OLD_PRICES_DAYS = 60
ENOUGH_ATTRIBUTES = 256
"""The SDK's default of 128 evicts the model and the usage from spans with a long chat history on them."""
ENOUGH_CHARACTERS = 256

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_ATTRIBUTE_LIMITS = ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT")
_LENGTH_LIMITS = ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT")
_DEFAULT_ATTRIBUTES = 128


def check_configuration(path: str | None, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Check our own configuration: file and variables."""
    from otel_agentcost.config.environment import set_by_environment  # noqa: PLC0415 - each check stands alone
    from otel_agentcost.config.errors import ConfigError  # noqa: PLC0415
    from otel_agentcost.config.load import load_config  # noqa: PLC0415

    try:
        config = load_config(path, environ)
    except ConfigError as error:
        *lines, last = str(error).splitlines()
        yield from (Finding("problem", "configuration", line) for line in lines)
        yield problem("configuration", last, "`agentcost config schema` lists what is allowed")
        return
    variables = ", ".join(set_by_environment(environ))
    source = config.source or "no file, the defaults hold"
    yield ok("configuration", f"{source}, {variables} set" if variables else source)


def check_prices(path: str | None, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Check that a price table can be made, and how old its data is."""
    from otel_agentcost.cli.composition import price_table  # noqa: PLC0415
    from otel_agentcost.config.errors import ConfigError  # noqa: PLC0415
    from otel_agentcost.config.load import load_config  # noqa: PLC0415
    from otel_agentcost.config.model import Config  # noqa: PLC0415
    from otel_agentcost.pricing.load import age_text  # noqa: PLC0415

    try:
        config = load_config(path, environ)
    except ConfigError:
        config = Config()  # told by check_configuration
    try:
        table = price_table(config)
    except ConfigError as error:
        yield problem("prices", str(error), "correct or remove that setting")
        return
    found = f"{table.version} ({table.source})"
    days = _age_days(table.as_of)
    age = "of unknown age" if days is None else age_text(table.source, table.as_of or "", days)
    if config.prices.refresh.enabled:
        yield ok("prices", f"{found}, {age}, renewed where it runs")
    elif days is not None and days <= OLD_PRICES_DAYS:
        yield ok("prices", f"{found}, {age}")
    else:
        advice = "pip install --upgrade otel-agentcost genai-prices, or set prices.refresh: on"
        yield warning("prices", f"{found}, {age}: newer models are unpriced, newer prices unknown", advice)


def check_endpoint(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Check that something listens where spans are sent; only where an endpoint is set."""
    name = next((each for each in _ENDPOINTS if environ.get(each)), None)
    if name is None:
        yield ok("endpoint", "none set")
    else:
        yield reached("endpoint", name, environ[name])


def reached(check: str, name: str, text: str) -> Finding:
    """Return whether something listens at the address that a setting of that name holds."""
    try:
        url = urlsplit(text if "://" in text else f"//{text}")
        host, port = url.hostname, url.port or {"http": 80, "https": 443}.get(url.scheme, 4317)
    except ValueError:
        host, port = None, 0
    if not host:
        return problem(check, f"{name}={text} is no address", "write it as http://HOST:4318 or http://HOST:4317")
    try:
        socket.create_connection((host, port), CONNECT_SECONDS).close()
    except OSError as error:
        why = "no answer within a second" if isinstance(error, TimeoutError) else (error.strerror or str(error)).lower()
        return problem(
            check, f"{host}:{port} ({name}) cannot be reached: {why}", f"start the receiver, or correct {name}"
        )
    return ok(check, f"{host}:{port} ({name}) is reached")


def check_sampling(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Check whether head sampling hides spans, and with them their cost, from the processor."""
    sampler = environ.get("OTEL_TRACES_SAMPLER", "").strip()
    if sampler in ("", "always_on", "parentbased_always_on"):
        yield ok(
            "sampling", f"OTEL_TRACES_SAMPLER={sampler or 'parentbased_always_on, the default'}: every span is seen"
        )
    elif is_enabled(environ):
        yield ok("sampling", f"OTEL_TRACES_SAMPLER={sampler}: what it drops is still counted ({ENABLED}=true)")
    else:
        yield warning(
            "sampling",
            f"OTEL_TRACES_SAMPLER={sampler} drops spans, and their cost with them",
            f"set {ENABLED}=true, or wrap your sampler: otel_agentcost.record_everything(sampler)",
        )


def check_limits(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Check the limits that make the SDK drop or cut the attributes that a price needs."""
    name, limit = _limit(environ, _ATTRIBUTE_LIMITS)
    if limit is not None and limit >= ENOUGH_ATTRIBUTES:
        yield ok("limits", f"{name}={limit}")
    elif name is not None and limit is None:
        yield problem("limits", f"{name}={environ[name]} is no number", "write a whole number such as 1024")
    else:
        found = f"{limit if limit is not None else _DEFAULT_ATTRIBUTES} attributes a span"
        yield warning(
            "limits",
            f"{found}{'' if name else ', the default'}: a long chat history evicts the model and the usage",
            "set OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT=1024 where message content is recorded on spans",
        )
    name, limit = _limit(environ, _LENGTH_LIMITS)
    if limit is not None and limit < ENOUGH_CHARACTERS:
        yield warning(
            "limits", f"{name}={limit} cuts values that usage is read from", f"set it to {ENOUGH_CHARACTERS} or more"
        )


def _limit(environ: Mapping[str, str], names: tuple[str, ...]) -> tuple[str | None, int | None]:
    """Return the variable that decides, and its number; no number where it is none."""
    name = next((each for each in names if environ.get(each, "").strip()), None)
    text = "" if name is None else environ[name].strip()
    return name, int(text) if text.isascii() and text.isdigit() else None


def _age_days(as_of: str | None) -> int | None:
    try:
        made = date.fromisoformat((as_of or "")[:10])
    except ValueError:
        return None
    return max((datetime.now(timezone.utc).date() - made).days, 0)
