"""The settings file `cimconform.toml`, merged with what the command line says.

Shell. All slips of the file are told at once. The command line wins over the file, the file over
the defaults. Passwords are never read from the file.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from conformance.definitions.dialects import AUTO, NONE, dialect_names
from conformance.definitions.schema_slips import Grammar
from conformance.endpoint.address import UrlError, parse_url
from conformance.listen.address import is_address, is_listener_url
from conformance.slips import Problem, Slip, SlipsError, Trail, dotted, show, unknown

FILE_NAME = "cimconform.toml"
COMMAND_LINE = "command line"

Filled = Annotated[str, msgspec.Meta(min_length=1)]
Scalar = str | int | float | bool
IsoDate = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date"})]

SECRET = re.compile(r"pass(word|wd|phrase)?|pwd|secret|token", re.IGNORECASE)
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
LINE_IN_ERROR = re.compile(r"\(at line (\d+)")
PATHS = ("ca", "cert", "key", "out")
KEEP_PASSWORDS_OUT = (
    "name an environment variable with password_env, or set netrc = true and use ~/.netrc"
)


class SettingsError(SlipsError):
    """The settings cannot be used; `slips` tells all that is wrong with them."""


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of what a settings file holds: frozen, and unknown keys are slips."""


class WaiverEntry(Part, frozen=True, kw_only=True):
    """A deviation that somebody accepts until a date (`expires`, ISO 8601).

    `id` is the id of a check; with a `fingerprint` only that very deviation is accepted.
    """

    id: Filled
    reason: Filled
    owner: Filled
    expires: IsoDate
    fingerprint: str = ""


class InputEntry(Part, frozen=True, kw_only=True, rename={"class_": "class"}):
    """An embedded instance that a scenario hands to the server: class and property values."""

    class_: Filled
    properties: dict[str, Scalar | list[Scalar]] = {}


Protocol = Literal["", "cim-xml", "wsman"]
Authentication = Literal["", "basic", "certificate", "credssp", "kerberos", "negotiate", "ntlm"]
Product = Literal["", "omi", "openwsman", "reference", "windows"]
"""Products whose WS-Management is known to differ."""


class Settings(Part, frozen=True, kw_only=True):
    """All that a run can be told; "" and () mean that the suite finds or chooses it itself.

    `protocol` is spoken where the URL does not name it; `auth` and `quirks` are for WS-Management.
    `timeout` is in seconds and for each operation, `deadline` for each state change (a job may
    take twice as long). `netrc` takes user and password from
    ~/.netrc. Paths in a file are relative to its folder. `inputs` holds, by the input's name in
    the profile definition, the instances that a server needs. `explore` is how many steps to walk
    at random over the states of the run's own systems. `listen` is the address, and
    `listener_url` the URL, at which indications are to arrive. `dialect` is the key of a vendor's
    interface, or "none".
    """

    url: str = ""
    namespaces: tuple[str, ...] = ()
    interop: str = ""
    dialect: str = ""
    user: str = ""
    password_env: str = ""
    netrc: bool = False
    ca: str = ""
    insecure: bool = False
    cert: str = ""
    key: str = ""
    protocol: Protocol = ""
    auth: Authentication = ""
    quirks: Product = ""
    timeout: Annotated[float, msgspec.Meta(gt=0, le=86_400)] = 60.0
    deadline: Annotated[float, msgspec.Meta(gt=0, le=86_400)] = 60.0
    profiles: tuple[str, ...] = ()
    profile_files: tuple[str, ...] = ()
    out: str = ""
    seed: int = 0
    explore: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 0
    strict: bool = False
    allow_changes: bool = False
    exhaustive: bool = False
    listen: str = ""
    listener_url: str = ""
    waivers: tuple[WaiverEntry, ...] = ()
    inputs: dict[str, tuple[InputEntry, ...]] = {}


GRAMMAR = Grammar(Settings)


def load_settings(path: Path | None = None, given: Mapping[str, object] | None = None) -> Settings:
    """Return the settings of a file, with what was given on the command line laid over them.

    Without a path, `cimconform.toml` in the working folder is read if it is there. `given` maps
    field names to values; None and empty texts and lists mean that nothing was given.

    Raises:
        SettingsError: with all slips; a path that was given does not exist, syntax, unknown
            keys, values of another type, settings that contradict each other.
    """
    file = path if path is not None else Path(FILE_NAME)
    is_there = path is not None or file.is_file()
    merged = merge(_read(file) if is_there else Settings(), given or {})
    problems = list(_contradictions(merged))
    if problems:
        where = [str(file)] * is_there + [COMMAND_LINE] * bool(given)
        raise SettingsError(_slips(" with ".join(where), problems))
    return merged


def merge(settings: Settings, given: Mapping[str, object]) -> Settings:
    """Return the settings with given values laid over them; see `load_settings`.

    Raises:
        SettingsError: a given value is none that the setting may have.
    """
    said = {name: value for name, value in given.items() if value not in (None, "", (), [])}
    plain = {name: _plain(value) for name, value in said.items()}
    decoded = GRAMMAR.decode(plain)
    problems = decoded if isinstance(decoded, list) else []
    problems = [*problems, *_own_problems(plain)]
    if isinstance(decoded, list) or problems:
        raise SettingsError(_slips(COMMAND_LINE, problems))
    return msgspec.structs.replace(settings, **{name: getattr(decoded, name) for name in said})


def _plain(value: object) -> object:
    """Return a value as TOML would hold it; what is not a number (NaN) is shown as a text."""
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and math.isnan(value):
        return str(value)
    return str(value) if isinstance(value, Path) else value


def _read(file: Path) -> Settings:
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        found = str(error.strerror or error).lower()
        raise SettingsError([Slip(str(file), 0, "", "a settings file", found)]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError([_syntax_slip(file, error)]) from error
    secrets = list(_secrets((), data))
    written = {key: value for key, value in data.items() if not _is_secret(key)}
    normal = _normal(written)
    decoded = GRAMMAR.decode(normal)
    problems = decoded if isinstance(decoded, list) else []
    problems = [*secrets, *_as_written(problems, written), *_own_problems(normal)]
    if isinstance(decoded, list) or problems:
        raise SettingsError(_slips(str(file), problems))
    return _relative_to(file.parent, decoded)


def _syntax_slip(file: Path, error: ValueError) -> Slip:
    line = LINE_IN_ERROR.search(str(error))
    place = int(line[1]) if line else 0
    return Slip(str(file), place, "", "correct TOML in UTF-8", "a slip", str(error).lower())


def _slips(file: str, problems: list[Problem]) -> Iterator[Slip]:
    for problem in problems:
        path = dotted(problem.trail)
        yield Slip(file, 0, path, problem.expected, problem.found, problem.advice)


def _is_secret(key: str) -> bool:
    return SECRET.fullmatch(key) is not None


def _secrets(trail: Trail, data: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the keys that look like a password; their values are never shown."""
    for key in data:
        if _is_secret(key):
            found = "a secret in plain text"
            yield Problem((*trail, key), "no passwords in the file", found, KEEP_PASSWORDS_OUT)


def _normal(data: dict[str, Any]) -> dict[str, Any]:
    """Return the data with dates as ISO texts and single inputs as lists of one."""
    data = {key: _plain(value) for key, value in data.items()}
    waivers, inputs = data.get("waivers"), data.get("inputs")
    if isinstance(waivers, list):
        data = {**data, "waivers": [_with_iso_date(waiver) for waiver in waivers]}
    if isinstance(inputs, dict):
        lists = {name: [one] if isinstance(one, dict) else one for name, one in inputs.items()}
        data = {**data, "inputs": lists}
    return data


def _as_written(problems: list[Problem], written: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the problems without the list positions that `_normal` put in."""
    inputs = written.get("inputs")
    entries = inputs.items() if isinstance(inputs, dict) else ()
    singles = {name for name, one in entries if isinstance(one, dict)}
    for problem in problems:
        match problem.trail:
            case ("inputs", name, 0, *rest) if name in singles:
                yield msgspec.structs.replace(problem, trail=("inputs", name, *rest))
            case _:
                yield problem


def _with_iso_date(waiver: object) -> object:
    if isinstance(waiver, dict) and isinstance(waiver.get("expires"), date):
        return {**waiver, "expires": waiver["expires"].isoformat()}
    return waiver


def _own_problems(data: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what the types cannot say; values of a wrong type are told elsewhere."""
    if isinstance(data.get("url"), str) and data["url"]:
        yield from _url(data["url"])
    if isinstance(data.get("user"), str) and ":" in data["user"]:
        found = "one with a colon and maybe a password"
        yield Problem(("user",), "a user name without a colon", found, KEEP_PASSWORDS_OUT)
    yield from _namespaces(data)
    yield from _listening(data)
    yield from _wsman(data)
    variable = data.get("password_env")
    if isinstance(variable, str) and variable and not VARIABLE.fullmatch(variable):
        found = "a text that cannot be one"
        expected = "the name of an environment variable"
        yield Problem(("password_env",), expected, found, "export the password in that variable")
    yield from _dialect(data.get("dialect"))
    waivers = data.get("waivers")
    yield from _waivers(waivers if isinstance(waivers, list) else [])


def _url(url: str) -> Iterator[Problem]:
    """Yield what is wrong with a URL; one that may hold a password is never shown."""
    trail = ("url",)
    if "@" in url:
        expected = "no user name or password inside the URL"
        yield Problem(trail, expected, "an @ in it", KEEP_PASSWORDS_OUT)
        return
    try:
        parse_url(url).host.encode("idna")
    except UrlError as error:
        expected, _, found = str(error).removeprefix("expected ").partition(", found ")
        yield Problem(trail, expected, found or show(url))
    except ValueError:
        yield Problem(trail, "http[s]://host[:port]", show(url))


def _wsman(data: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong with how WS-Management is spoken."""
    auth = data.get("auth")
    by_url = str(data.get("url", "")).lower().startswith("wsman")
    if not by_url and data.get("protocol") != "wsman":
        expected = (
            "WS-Management: a URL that starts with wsman:// or wsmans://, or --protocol wsman"
        )
        yield from (Problem((n,), expected, "CIM-XML") for n in ("auth", "quirks") if data.get(n))
    elif auth == "certificate" and not data.get("cert"):
        yield Problem(("auth",), "a client certificate, with --cert and --key", "none")
    elif auth and auth != "certificate" and not data.get("user"):
        yield Problem(("auth",), "a user, with --user", "none")


def _listening(data: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong with where indications are to arrive."""
    listen, url = data.get("listen"), data.get("listener_url")
    if isinstance(listen, str) and listen and not is_address(listen):
        yield Problem(("listen",), "HOST, HOST:PORT or [IPV6]:PORT of this machine", show(listen))
    if isinstance(url, str) and url and not is_listener_url(url):
        yield Problem(("listener_url",), "http[s]://host[:port][/path]", show(url))


def _dialect(name: object) -> Iterator[Problem]:
    """Yield that a name is no dialect's."""
    known = (*dialect_names(), NONE, AUTO)
    if isinstance(name, str) and name and name not in known:
        yield unknown(("dialect",), "a dialect", name, known)


def _namespaces(data: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield names that can be no namespace's."""
    listed = data.get("namespaces")
    named = enumerate(listed if isinstance(listed, list) else ())
    for trail, name in [
        *((("namespaces", position), name) for position, name in named),
        *([(("interop",), data["interop"])] if data.get("interop") else []),
    ]:
        if isinstance(name, str) and not name.strip("/ "):
            yield Problem(trail, "a namespace such as root/virt", show(name))


def _waivers(waivers: list[Any]) -> Iterator[Problem]:
    seen: dict[tuple[Any, Any], int] = {}
    for position, waiver in enumerate(waivers):
        if not isinstance(waiver, dict):
            continue
        expires = waiver.get("expires")
        if isinstance(expires, str) and not _is_date(expires):
            trail = ("waivers", position, "expires")
            yield Problem(trail, "a date such as 2030-12-31", show(expires))
        key = (str(waiver.get("id")), str(waiver.get("fingerprint", "")))
        if key in seen:
            found = f"that of waivers[{seen[key]}] again"
            yield Problem(("waivers", position, "id"), "a deviation of its own", found)
        seen.setdefault(key, position)


def _is_date(text: str) -> bool:
    try:
        return ISO_DATE.fullmatch(text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _contradictions(settings: Settings) -> Iterator[Problem]:
    """Yield settings that cannot go together, wherever each of them was said."""
    if settings.netrc and (settings.user or settings.password_env):
        found = "netrc beside user or password_env"
        yield Problem(("netrc",), "one source of user and password", found)
    if settings.password_env and not settings.user:
        yield Problem(("user",), "a user beside password_env", "nothing")
    if settings.insecure and settings.ca:
        found = "insecure, which does not check certificates, beside ca"
        yield Problem(("insecure",), "one of insecure and ca", found)
    if settings.explore and not settings.allow_changes:
        expected = "allow_changes (--allow-changes) beside it: a walk changes systems"
        yield Problem(("explore",), expected, "a read-only run")
    if settings.key and not settings.cert:
        yield Problem(("cert",), "a client certificate beside its key", "nothing")


def _relative_to(folder: Path, settings: Settings) -> Settings:
    """Return the settings with paths that hold from the working folder."""
    paths = {name: getattr(settings, name) for name in PATHS}
    moved = {name: str(folder / path) for name, path in paths.items() if path}
    files = tuple(str(folder / path) for path in settings.profile_files)
    return msgspec.structs.replace(settings, profile_files=files, **moved)
