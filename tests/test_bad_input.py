"""Slips of the user and strange servers: one clear line, the right exit code, the files."""

from __future__ import annotations

import datetime
import http.client
import itertools
import os
import signal
import ssl
import subprocess
import sys
import threading
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
import trustme
from click.testing import CliRunner

from conformance.cli import main
from conformance.results import Conformance, Verdict, read_run
from reference_impl.app import start
from reference_impl.faults import Fault
from tests.conftest import PLUGIN, ROOT
from tests.servers import Reply, refusal, request_of, scripted, serving
from tests.test_safety import begin, wait_for_systems

WRITTEN = {"results.ndjson", "report.html", "junit.xml"}
UNIQUE = "DSP1057:virtual-system.name.unique"


class Ended(NamedTuple):
    """How a command ended: exit code, lines of stderr, and the run that it wrote down."""

    code: int
    lines: list[str]
    run: object = None


@pytest.fixture
def usage(tmp_path, monkeypatch):
    """Give the command arguments that it must refuse before it asks any server."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        done = CliRunner().invoke(main, arguments)
        assert done.exception is None or isinstance(done.exception, SystemExit)
        return Ended(done.exit_code, done.output.strip().splitlines())

    return run


@pytest.fixture
def run_at(cimconform, tmp_path):
    """Run against a URL; what was reached must be on disk, and no traceback be shown."""

    def run(url, *arguments, **environment):
        done = cimconform("run", url, "--out", "out", *arguments, **environment)
        assert "Traceback" not in done.stdout + done.stderr
        assert {path.name for path in (tmp_path / "out").iterdir()} >= WRITTEN
        with (tmp_path / "out" / "results.ndjson").open("rb") as lines:
            return Ended(done.returncode, done.stderr.strip().splitlines(), read_run(lines))

    return run


def assert_unusable(ended, *texts):
    """One line says why, and the files say the same."""
    (line,) = ended.lines
    assert ended.code == ended.run.footer.exit_code == 4
    assert all(text in line for text in texts), line
    assert line.removeprefix("Error: ") == " ".join(ended.run.footer.problems[0].split())


def verdicts(ended):
    return {result.check: result.verdict for result in ended.run.results}


# -- what the user says -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("cim.example.com", "starts with http://, https://, wsman:// or wsmans://"),
        ("localhost:5988", "starts with http://, https://, wsman:// or wsmans://"),
        ("ftp://host", "found ftp://"),
        ("http:/host", "found 'http:/host'"),
        ("http://", "a host name after the scheme"),
        ("http://a..b", "found 'http://a..b'"),
        ("http://host:99999", "found 'http://host:99999'"),
        ("http://host:0", "between 1 and 65535"),
        ("http://[::1", "http[s]://host[:port]"),
        ("http://host/path", "nothing after host and port"),
        ("", "is a shell variable not set?"),
    ],
)
def test_url_that_is_none_is_told(usage, url, told):
    ended = usage("run", url)
    assert (ended.code, len(ended.lines)) == (2, 1)
    assert told in ended.lines[0]


@pytest.mark.parametrize(
    "arguments",
    [
        ["http://me:hunter2@host"],
        ["http://me:hunter2#x@host"],
        ["http://host", "--user", "me:hunter2", "--password-env", "HOME"],
    ],
)
def test_password_in_the_wrong_place_is_refused_and_not_repeated(usage, arguments):
    ended = usage("run", *arguments)
    assert ended.code == 2
    assert "password_env" in ended.lines[0]
    assert "hunter2" not in ended.lines[0]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--user", "me"], "the name of a variable that holds the password"),
        (["--user", "me", "--password-env", "NOT_SET_HERE"], "a password in $NOT_SET_HERE"),
        (["--user", "", "--password-env", "HOME"], "user: expected a text that is not empty"),
        (["--namespace", ""], "namespaces: expected a text that is not empty"),
        (["--namespace", "/"], "a namespace such as root/virt"),
        (["--out", ""], "out: expected a text that is not empty"),
        (["--ca", "missing.pem"], "the file missing.pem, found no such file"),
        (["--ca", str(ROOT / "LICENSE")], "in PEM format"),
        (["--cert", "missing.pem"], "the file missing.pem, found no such file"),
        (["--timeout", "nan"], "timeout: expected a number"),
        (["--timeout", "inf"], "timeout: expected at most 86400"),
        (["--config", "missing.toml"], "expected a settings file, found no such file"),
        (["--profile-file", "missing.yaml"], "expected profile definitions, found no such file"),
        (
            ["--profile", "DSP9999"],
            "unknown profile DSP9999; expected one of CIM, DSP1014",
        ),
        (["--check", "nope"], "no check matches nope"),
    ],
)
def test_option_that_cannot_be_used_is_told(usage, arguments, told):
    ended = usage("run", "http://127.0.0.1:1", *arguments)
    assert (ended.code, len(ended.lines)) == (2, 1)
    assert told in ended.lines[0]


def test_token_of_a_broken_netrc_file_is_not_repeated(usage, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / ".netrc").write_text("machine h login me password\n hunter2 hunter2\n")
    ended = usage("run", "http://h", "--netrc")
    assert ended.code == 2
    assert "a slip in line" in ended.lines[0]
    assert "hunter2" not in ended.lines[0]


def test_all_slips_of_a_profile_file_are_told_with_their_lines(usage, tmp_path):
    slips = "profile:\n  key: DSP9999\n  nmae: x\nrequirements:\n  a: {kind: nonsense}\n"
    (tmp_path / "own.yaml").write_text(slips)
    ended = usage("run", "http://127.0.0.1:1", "--profile-file", "own.yaml")
    assert ended.code == 2
    assert any(line.startswith("own.yaml:3: profile.nmae:") for line in ended.lines)
    assert any("own.yaml:5: requirements.a.kind:" in line for line in ended.lines)


def test_all_slips_of_the_settings_file_are_told(usage, tmp_path):
    (tmp_path / "cimconform.toml").write_text('urll = "x"\ntimeout = nan\npassword = "hunter2"\n')
    ended = usage("run")
    assert ended.code == 2
    assert "did you mean url?" in "".join(ended.lines)
    assert "timeout: expected a number" in "".join(ended.lines)
    assert "hunter2" not in "".join(ended.lines)


def test_line_of_a_broken_settings_file_is_told(usage, tmp_path):
    (tmp_path / "cimconform.toml").write_text('url = "http://h"\nbroken\n')
    (line,) = usage("run").lines
    assert "cimconform.toml:2: expected correct TOML" in line


@pytest.mark.parametrize("content", [b"garbage\n", b"", b"\x00\xff", b'{"a": 1}\n'])
@pytest.mark.parametrize("command", ["report", "cleanup"])
def test_file_that_is_none_of_ours_is_told_with_its_name(usage, tmp_path, command, content):
    (tmp_path / "mine.ndjson").write_bytes(content)
    ended = usage(command, "mine.ndjson")
    assert (ended.code, len(ended.lines)) == (2, 1)
    assert "mine.ndjson" in ended.lines[0]
    assert "expected a" in ended.lines[0]


def test_folder_without_results_is_told(usage, tmp_path):
    assert "expected a folder with results.ndjson, found none" in usage("report", ".").lines[0]


def test_output_folder_that_is_a_file_is_told_before_the_server_is_asked(cimconform, tmp_path):
    (tmp_path / "out").write_text("mine")
    with serving(lambda received: refusal(received.operation, 3)) as server:
        done = cimconform("run", server.url, "--out", "out")
    assert (done.returncode, server.received) == (2, [])
    assert "expected a folder to write to, found a file" in done.stderr


def test_keyword_that_matches_nothing_is_told(cimconform, tmp_path):
    done = cimconform("run", "http://127.0.0.1:1", "-k", "nope")
    assert done.returncode == 2
    assert done.stderr == "Error: no check matches -k 'nope'; `cimconform list` shows all\n"


# -- servers that cannot be used --------------------------------------------------------------


def test_wrong_password_is_told_without_it(run_at):
    with start(user="me", password="right", systems=0) as server:
        ended = run_at(server.url, "--user", "me", "--password-env", "GUESS", GUESS="hunter2")
    assert_unusable(ended, "refuses the user 'me'", "check user name and password")
    assert "hunter2" not in ended.lines[0]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://127.0.0.1:1", "nothing listens on that port"),
        ("http://no-such-host.invalid", "check the host name"),
    ],
)
def test_server_that_is_not_there_is_told(run_at, url, told):
    assert_unusable(run_at(url), told)


def test_https_to_a_plain_port_is_told(run_at, reference):
    assert_unusable(run_at(reference.url.replace("http", "https")), "use http://")


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A certificate authority and its file."""
    authority, file = trustme.CA(), tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    return authority, str(file)


YESTERDAY = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)


@pytest.mark.parametrize(
    ("scheme", "names", "knows_authority", "not_after", "told"),
    [
        ("http", ["127.0.0.1"], True, None, "use https://"),
        ("https", ["127.0.0.1"], False, None, "name the certificate of its authority with --ca"),
        ("https", ["127.0.0.1"], True, YESTERDAY, "certificate has expired; renew"),
        ("https", ["other.example"], True, None, "use a host name that the certificate names"),
    ],
)
def test_tls_that_cannot_be_trusted_is_told(
    run_at, authority, scheme, names, knows_authority, not_after, told
):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority[0].issue_cert(*names, not_after=not_after).configure_cert(context)
    with serving(lambda _: refusal("", 3), tls=context) as server:
        url = server.url.replace("https", scheme)
        ended = run_at(url, *(["--ca", authority[1]] if knows_authority else []))
    assert_unusable(ended, told)


ENTITIES = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
BOMB = f'<!DOCTYPE CIM [<!ENTITY e0 "boom">{ENTITIES}]><CIM>&e9;</CIM>'.encode()


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Reply(b"<html/>", 200, {"Content-Type": "text/html"}), "it answers with HTML"),
        (Reply(b"", 404, {}), "no CIM server: HTTP 404"),
        (Reply(b"", 405, {}), "no CIM server: HTTP 405"),
        (Reply(b"garbage"), "the answer is no CIM-XML"),
        (Reply(BOMB), "expected no entity declarations"),
        (Reply(refusal("EnumerateInstances", 2, "no\nway")), "no Interop namespace was found"),
    ],
)
def test_server_that_is_no_cim_server_is_told(run_at, answer, told):
    with serving(lambda _: answer) as server:
        assert_unusable(run_at(server.url), told)


def trickling(connection):
    request_of(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n")
    while True:
        connection.sendall(b" ")
        threading.Event().wait(0.02)


def test_answer_that_trickles_for_ever_ends_by_the_deadline(run_at):
    with scripted(trickling) as url:
        ended = run_at(url, "--timeout", "0.3")
    assert_unusable(ended, "no complete answer within 0.3 seconds", "--timeout")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--namespace", "root/interop"], "no virtual systems nor their host in root/interop"),
        (["--namespace", "no/such"], "it knows no namespace no/such; correct --namespace"),
        (["--namespace", "root/virt", "--namespace", "no/such"], "no namespace no/such"),
        (["--interop", "no/such"], "--interop"),
    ],
)
def test_namespace_that_is_not_the_right_one_is_told(run_at, reference, arguments, told):
    assert_unusable(run_at(reference.url, *arguments), told)


# -- servers that fail in the middle ----------------------------------------------------------


def relayed(url, spoil):
    """Answer as the server at a URL does, unless `spoil` raises or answers itself."""
    address = urlsplit(url)

    def respond(received):
        spoil(received)
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=10)
        headers = {name: value for name, value in received.headers.items() if "CIM" in name}
        connection.request("POST", "/cimom", received.body.encode(), headers)
        answer = connection.getresponse()
        reply = Reply(answer.read(), answer.status)
        connection.close()
        return reply

    return respond


def dropping(classname):
    def spoil(received):
        if received.operation == "EnumerateInstances" and f'"{classname}"' in received.body:
            raise ConnectionResetError

    return spoil


def answering_only(number, then):
    """Answer so many requests; what happens to the others says `then`."""
    turns = itertools.count()

    def spoil(received):
        if next(turns) >= number:
            then()

    return spoil


def hang_up():
    raise ConnectionResetError


def test_connection_dropped_for_one_class_leaves_the_other_checks_judged(run_at, reference):
    with serving(relayed(reference.url, dropping("CIM_VirtualSystemSettingData"))) as server:
        ended = run_at(server.url)
    assert (ended.code, ended.run.footer.conformance) == (3, Conformance.INCONCLUSIVE)
    assert "closed the connection" in ended.lines[0]
    assert {Verdict.ERROR, Verdict.PASS} <= set(verdicts(ended).values())
    assert Verdict.FAIL not in verdicts(ended).values()


def freeze():
    threading.Event().wait(30)


@pytest.mark.parametrize("then", [hang_up, pytest.param(freeze, marks=pytest.mark.long)])
def test_server_lost_during_the_snapshot_is_never_blamed(run_at, reference, then):
    with serving(relayed(reference.url, answering_only(60, then))) as server:
        ended = run_at(server.url, "--timeout", "0.5")
    assert (ended.code, len(ended.lines)) == (3, 1)
    assert {Verdict.ERROR} <= set(verdicts(ended).values())
    assert not {Verdict.FAIL, Verdict.WARN} & set(verdicts(ended).values())


def test_server_that_freezes_before_a_namespace_is_found_does_not_hold_the_run(run_at, reference):
    with serving(relayed(reference.url, answering_only(2, freeze))) as server:
        ended = run_at(server.url, "--timeout", "0.2")
        assert len(server.received) < 10
    assert_unusable(ended, "no complete answer within 0.2 seconds")


@pytest.mark.long
def test_server_that_freezes_while_scenarios_are_played_is_given_up(run_at, reference):
    with serving(relayed(reference.url, answering_only(900, freeze))) as server:
        ended = run_at(server.url, "--allow-changes", "--timeout", "0.3")
    assert (ended.code, len(ended.lines)) == (3, 1)
    assert "cimconform cleanup out" in ended.lines[0]
    assert not {Verdict.FAIL, Verdict.WARN} & set(verdicts(ended).values())


@pytest.fixture
def serve_command():
    """A reference server in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "conformance.cli", "serve", "--port", "0"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process, next(w for w in process.stdout.readline().split() if "http://" in w)
        process.kill()


@pytest.mark.long
def test_server_killed_while_scenarios_are_played_is_told_with_what_is_left(
    serve_command, tmp_path
):
    process, url = serve_command
    with begin(tmp_path / "out", url, "--allow-changes") as run:
        wait_for_systems(tmp_path / "out", 3)
        process.kill()
        assert run.wait(60) in (3, 4)
    with (tmp_path / "out" / "results.ndjson").open("rb") as lines:
        read = read_run(lines)
    assert Verdict.FAIL not in {result.verdict for result in read.results}
    assert any("cimconform cleanup" in problem for problem in read.footer.problems)


@pytest.mark.long
def test_clean_up_without_its_server_says_what_is_not_removed(cimconform, serve_command, tmp_path):
    process, url = serve_command
    with begin(tmp_path / "out", url, "--allow-changes") as run:
        wait_for_systems(tmp_path / "out", 1)
        run.kill()
    process.kill()
    done = cimconform("cleanup", "out/journal.ndjson")
    assert done.returncode == 4
    assert "not removed cimconform-" in done.stderr
    assert done.stderr.splitlines()[-1].endswith("run the command again when that is mended")


# -- profiles that are not registered ---------------------------------------------------------


@pytest.mark.parametrize("arguments", [[], ["--profile", "DSP1057"]])
def test_server_without_any_registered_profile_is_not_conformant(run_at, arguments):
    bare = Fault("bare", "None is.", edit=lambda it: it.drop("CIM_RegisteredProfile", None))
    with start(faults=(bare,)) as server:
        ended = run_at(server.url, *arguments)
    assert (ended.code, ended.lines) == (1, [])
    assert verdicts(ended)["DSP1057:registration"] is Verdict.FAIL


# -- waivers ----------------------------------------------------------------------------------


@pytest.fixture
def waived(run_at, tmp_path):
    """Run some checks with one waiver."""

    def run(url, *arguments, **waiver):
        told = {"id": UNIQUE, "reason": "known", "owner": "jane", "expires": "2999-12-31", **waiver}
        lines = "\n".join(f'{name} = "{value}"' for name, value in told.items())
        (tmp_path / "cimconform.toml").write_text(f"[[waivers]]\n{lines}\n")
        return run_at(url, "-k", "unique", *arguments)

    return run


@pytest.fixture(scope="module")
def duplicate():
    """A server on which names of virtual systems are not unique."""
    with start(faults=("vs-name-duplicated",)) as server:
        yield server


def test_valid_waiver_makes_a_run_conformant_with_waivers(waived, duplicate):
    ended = waived(duplicate.url)
    assert (ended.code, ended.lines) == (0, [])
    assert ended.run.footer.conformance is Conformance.WITH_WAIVERS
    assert verdicts(ended)[UNIQUE] is Verdict.WAIVED


def test_waiver_for_another_deviation_waives_nothing_and_names_both(waived, duplicate):
    ended = waived(duplicate.url, fingerprint="0" * 12)
    (failed,) = [result for result in ended.run.results if result.check == UNIQUE]
    assert (ended.code, failed.verdict) == (1, Verdict.FAIL)
    assert f"has the fingerprint {failed.fingerprint} now, not 000000000000" in ended.lines[0]


@pytest.mark.parametrize(
    ("waiver", "told"),
    [
        ({}, f"waiver for {UNIQUE} is stale: the verdict is pass; remove it"),
        ({"expires": "2020-01-01"}, f"waiver for {UNIQUE} expired on 2020-01-01; ask jane"),
        ({"id": UNIQUE[:-1]}, f"there is no such check; did you mean {UNIQUE}?"),
    ],
)
def test_waiver_that_no_longer_holds_ends_with_its_own_code(waived, reference, waiver, told):
    ended = waived(reference.url, **waiver)
    assert (ended.code, len(ended.lines)) == (5, 1)
    assert told in ended.lines[0]


# -- ends that are not the server's doing -----------------------------------------------------


@pytest.mark.long
def test_earlier_report_does_not_outlive_the_start_of_a_run(tmp_path, run_at, reference):
    run_at(reference.url, "-k", "unique")
    with begin(tmp_path / "out", reference.url, "--allow-changes") as run:
        wait_for_systems(tmp_path / "out", 1)
        run.kill()
    assert not (tmp_path / "out" / "report.html").exists()


@pytest.mark.long
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_interrupted_run_says_how_much_is_missing(tmp_path, own_reference):
    with begin(tmp_path / "out", own_reference.url, "--allow-changes") as run:
        wait_for_systems(tmp_path / "out", 2)
        run.send_signal(signal.SIGINT)
        assert run.wait(60) == 3
    with (tmp_path / "out" / "results.ndjson").open("rb") as lines:
        (problem,) = read_run(lines).footer.problems
    assert problem.startswith("the run ended early: ")


def test_reader_who_closes_the_pipe_does_not_change_the_exit_code(tmp_path, reference):
    command = [sys.executable, "-m", "conformance.cli", "run", reference.url, "-k", "unique"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as run:
        run.stdout.close()
        assert run.wait(60) == 0
        assert run.stderr.read() == b""


# -- the same slips in a vendor's own pytest run ----------------------------------------------


@pytest.mark.long
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--cim-url", "http://127.0.0.1:1"], "nothing listens on that port"),
        (["--cim-url", "host"], "starts with http://, https://, wsman:// or wsmans://"),
        (["--cim-url", ""], "is a shell variable not set?"),
        (["--cim-url", "http://127.0.0.1:1", "--cim-timeout", "0"], "timeout: expected more than"),
        (["--cim-url", "http://127.0.0.1:1", "--cim-out", __file__], "found a file; choose"),
    ],
)
def test_slip_in_a_pytest_run_is_told_without_an_internal_error(tmp_path, arguments, told):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *PLUGIN, "--pyargs", "conformance", *arguments],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 4
    assert told in done.stdout + done.stderr
    assert "INTERNALERROR" not in done.stdout + done.stderr
