"""What a run was told, ready for use: settings with the password fetched and paths decided.

Shell: reads the environment and the netrc file, and nothing else.
"""

from __future__ import annotations

import netrc
import os
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from conformance.definitions.dialects import AUTO, NONE
from conformance.endpoint import Connection, Credentials
from conformance.endpoint.address import spoken
from conformance.endpoint.tls import tls_context
from conformance.endpoint.troubles import TransportError
from conformance.listen import Place, place_of
from conformance.settings import (
    COMMAND_LINE,
    InputEntry,
    Settings,
    SettingsError,
    WaiverEntry,
    load_settings,
)
from conformance.slips import Slip

MORE_LOOKS = 2
UNSET = "is a shell variable not set?"

FLAGS = {
    "profiles": "--profile",
    "namespaces": "--namespace",
    "interop": "--interop",
    "dialect": "--dialect",
    "user": "--user",
    "password_env": "--password-env",
    "netrc": "--netrc",
    "ca": "--ca",
    "insecure": "--insecure",
    "cert": "--cert",
    "key": "--key",
    "protocol": "--protocol",
    "auth": "--auth",
    "quirks": "--quirks",
    "allow_changes": "--allow-changes",
    "exhaustive": "--exhaustive",
    "seed": "--seed",
    "explore": "--explore",
    "strict": "--strict",
    "timeout": "--timeout",
    "deadline": "--deadline",
    "listen": "--listen",
    "listener_url": "--listener-url",
    "profile_files": "--profile-file",
}


class RunOptions(msgspec.Struct, frozen=True):
    """Everything that decides how a run goes.

    `connection.url` is "" for the bundled reference server. `dialect` is a key, "none" or "auto".
    `deadline_seconds` bounds each state change, `more_looks` how often the server is read again to
    see whether a deviation stays (0 for one that nothing else changes). `explore` is how many steps
    a random walk takes (0: none), `seed` decides which. `listen` and `listener_url` are what the
    user says of where indications arrive. `said` are the settings that differ from their defaults,
    without secrets.
    """

    connection: Connection
    out: Path
    namespaces: tuple[str, ...] = ()
    interop: str = ""
    dialect: str = NONE
    profiles: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    profile_files: tuple[Path, ...] = ()
    allow_changes: bool = False
    exhaustive: bool = False
    strict: bool = False
    seed: int = 0
    explore: int = 0
    deadline_seconds: float = 60.0
    more_looks: int = MORE_LOOKS
    listen: str = ""
    listener_url: str = ""
    inputs: Mapping[str, tuple[InputEntry, ...]] = {}
    waivers: tuple[WaiverEntry, ...] = ()
    said: Mapping[str, Any] = {}

    @property
    def journal(self) -> Path:
        """Return the file that tells what the run created."""
        return self.out / "journal.ndjson"

    @property
    def place(self) -> Place:
        """Return where to listen for indications of the server."""
        return place_of(self.connection.url, self.listen, self.listener_url)

    def at(self, url: str) -> RunOptions:
        """Return these options for another URL."""
        return msgspec.structs.replace(
            self, connection=msgspec.structs.replace(self.connection, url=url)
        )

    def shown(self) -> dict[str, Any]:
        """Return the settings as a report shows them."""
        return dict(self.said)

    def command(self) -> str:
        """Return the command that repeats the run."""
        words = ["cimconform", "run", self.connection.url]
        for name, value in self.said.items():
            for item in value if isinstance(value, list) else [value]:
                words += [FLAGS[name]] if item is True else [FLAGS[name], str(item)]
        for check in self.checks:
            words += ["--check", check]
        return shlex.join(words)


def run_options(
    given: Mapping[str, object], checks: tuple[str, ...] = (), config: Path | None = None
) -> RunOptions:
    """Return the options of a run from what was given and from the settings file.

    In `given`, None means that nothing was said. An empty text is a slip: it comes from a shell
    variable that is not set, and must not mean the default.

    Raises:
        SettingsError: the settings cannot be used, a certificate file does not exist, or the
            password is not where they say.
    """
    empty = list(_empty(given, checks))
    if empty:
        raise SettingsError(
            Slip(COMMAND_LINE, 0, name, "a text that is not empty", "an empty one", UNSET)
            for name in empty
        )
    settings = load_settings(config, given)
    connection = _connection(settings)
    _look_at_files(settings, connection)
    return RunOptions(
        connection=connection,
        out=Path(settings.out) if settings.out else Path("reports") / _folder(settings.url),
        namespaces=settings.namespaces,
        interop=settings.interop,
        dialect=settings.dialect or AUTO,
        profiles=settings.profiles,
        checks=checks,
        profile_files=tuple(Path(file) for file in settings.profile_files),
        allow_changes=settings.allow_changes,
        exhaustive=settings.exhaustive,
        strict=settings.strict,
        seed=settings.seed,
        explore=settings.explore,
        deadline_seconds=settings.deadline,
        listen=settings.listen,
        listener_url=settings.listener_url,
        inputs=settings.inputs,
        waivers=settings.waivers,
        said=_said(settings),
    )


def _empty(given: Mapping[str, object], checks: tuple[str, ...]) -> Iterator[str]:
    """Yield the names of what was given as an empty text."""
    for name, value in (*given.items(), ("check", checks)):
        if value == "" or (isinstance(value, tuple | list) and "" in value):
            yield name


def _look_at_files(settings: Settings, connection: Connection) -> None:
    """Raise SettingsError for certificate files that cannot be used; `ca` may be a folder."""
    slips = [
        Slip("settings", 0, name, f"the file {path}", "no such file")
        for name in ("ca", "cert", "key")
        if (path := getattr(settings, name))
        and not (Path(path).is_file() or (name == "ca" and Path(path).is_dir()))
    ]
    if slips:
        raise SettingsError(slips)
    if settings.ca or settings.cert:
        try:
            tls_context(connection)
        except TransportError as error:
            expected = "certificates and a key that belong together, in PEM format"
            found = error.trouble.description.partition("cannot be used: ")[2]
            raise SettingsError([Slip("settings", 0, "ca, cert, key", expected, found)]) from error


def _said(settings: Settings) -> dict[str, Any]:
    defaults = Settings()
    said = {}
    for name in FLAGS:
        value = getattr(settings, name)
        if value != getattr(defaults, name):
            said[name] = list(value) if isinstance(value, tuple) else value
    return said


def _folder(url: str) -> str:
    """Return a folder name for an endpoint; the bundled server has its own."""
    if not url:
        return "reference"
    return re.sub(r"[^A-Za-z0-9.-]+", "_", urlsplit(url).hostname or "endpoint")


def _connection(settings: Settings) -> Connection:
    return Connection(
        url=spoken(settings.url, settings.protocol),
        credentials=_credentials(settings),
        ca=settings.ca or None,
        insecure=settings.insecure,
        certificate=settings.cert or None,
        key=settings.key or None,
        timeout_seconds=settings.timeout,
        auth=settings.auth,
        quirks=settings.quirks,
    )


def _credentials(settings: Settings) -> Credentials | None:
    if settings.netrc:
        return _from_netrc(settings.url)
    if not settings.user:
        return None
    if not settings.password_env:
        raise _missing("password_env", "the name of a variable that holds the password", "nothing")
    password = os.environ.get(settings.password_env)
    if password is None:
        raise _missing(
            "password_env", f"a password in ${settings.password_env}", "no such variable"
        )
    return Credentials(settings.user, password)


def _from_netrc(url: str) -> Credentials:
    host = urlsplit(url).hostname or ""
    try:
        found = netrc.netrc().authenticators(host)
    except OSError as error:
        reason = f"{error.filename}: {(error.strerror or str(error)).lower()}"
        raise _missing("netrc", "a readable netrc file", reason) from error
    except netrc.NetrcParseError as error:
        # Other messages of the parser may repeat the token they stumble over: a password.
        slip = error.msg if error.msg.startswith("~") else f"a slip in line {error.lineno}"
        raise _missing("netrc", "a readable netrc file", slip) from None
    except UnicodeDecodeError:
        raise _missing("netrc", "a netrc file in UTF-8", "other bytes") from None
    if found is None or not found[0]:
        raise _missing("netrc", f"a line for machine {host} in the netrc file", "none")
    return Credentials(found[0], found[2] or "")


def _missing(name: str, expected: str, found: str) -> SettingsError:
    return SettingsError([Slip("settings", 0, name, expected, found)])
