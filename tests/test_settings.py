"""The settings file: what it may say, what it may not, and that the command line wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.settings import InputEntry, Settings, SettingsError, WaiverEntry, load_settings

WAIVER = 'id = "DSP1057:pause"\nreason = "Bug 7"\nowner = "me"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cimconform.toml"


def slips_of(file: Path, text: str, given: dict[str, object] | None = None) -> list[str]:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_settings(file, given)
    return [line.removeprefix(f"{file}: ") for line in str(caught.value).splitlines()]


def settings_of(file: Path, text: str, given: dict[str, object] | None = None) -> Settings:
    file.write_text(text, encoding="utf-8")
    return load_settings(file, given)


def test_file_is_read_into_settings(file):
    settings = settings_of(
        file,
        'url = "https://host:5989"\nnamespaces = ["root/virt"]\ntimeout = 5\nstrict = true\n'
        'user = "tester"\npassword_env = "CIM_PASSWORD"\nprofiles = ["DSP1057"]\n',
    )

    assert settings == Settings(
        url="https://host:5989",
        namespaces=("root/virt",),
        timeout=5.0,
        strict=True,
        user="tester",
        password_env="CIM_PASSWORD",
        profiles=("DSP1057",),
    )


def test_no_file_gives_the_defaults(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert load_settings() == Settings()


def test_file_in_the_working_folder_is_found(file, monkeypatch):
    file.write_text("seed = 7\n", encoding="utf-8")
    monkeypatch.chdir(file.parent)

    assert load_settings().seed == 7


def test_file_that_was_named_must_be_there(tmp_path):
    with pytest.raises(SettingsError, match="expected a settings file, found no such file"):
        load_settings(tmp_path / "other.toml")


def test_command_line_wins_over_the_file(file):
    given = {"url": "http://b", "strict": False, "seed": 0, "profiles": ("DSP1042",)}

    settings = settings_of(file, 'url = "http://a"\nstrict = true\nseed = 3\n', given)

    assert (settings.url, settings.strict, settings.seed) == ("http://b", False, 0)
    assert settings.profiles == ("DSP1042",)


def test_what_the_command_line_does_not_say_stays_as_in_the_file(file):
    given = {"url": None, "user": "", "namespaces": (), "profiles": []}

    settings = settings_of(file, 'url = "http://a"\nnamespaces = ["n"]\n', given)

    assert (settings.url, settings.namespaces) == ("http://a", ("n",))


def test_paths_in_the_file_are_relative_to_it_and_those_given_are_not(file):
    settings = settings_of(
        file, 'ca = "ca.pem"\nprofile_files = ["mine.yaml"]\n', {"out": Path("here")}
    )

    assert settings.ca == str(file.parent / "ca.pem")
    assert settings.profile_files == (str(file.parent / "mine.yaml"),)
    assert settings.out == "here"


@pytest.mark.parametrize("date", ["2030-12-31", '"2030-12-31"'])
def test_waiver_expires_on_a_date(file, date):
    settings = settings_of(file, f"[[waivers]]\n{WAIVER}expires = {date}\n")

    assert settings.waivers == (
        WaiverEntry(id="DSP1057:pause", reason="Bug 7", owner="me", expires="2030-12-31"),
    )


@pytest.mark.parametrize("table", ["[inputs.system-settings]", "[[inputs.system-settings]]"])
def test_input_is_one_instance_or_a_list_of_them(file, table):
    text = f'{table}\nclass = "ACME_Settings"\nproperties = {{Size = 3, Names = ["a"]}}\n'

    settings = settings_of(file, text)

    entry = InputEntry(class_="ACME_Settings", properties={"Size": 3, "Names": ["a"]})
    assert settings.inputs == {"system-settings": (entry,)}


@pytest.mark.parametrize("key", ["password", "Passwd", "secret", "token", "pwd"])
def test_password_in_the_file_is_refused_without_showing_it(file, key):
    told = slips_of(file, f'{key} = "hunter2"\n')

    assert told == [
        f"{key}: expected no passwords in the file, found a secret in plain text (name an "
        "environment variable with password_env, or set netrc = true and use ~/.netrc)"
    ]


def test_password_in_the_url_is_refused_without_showing_it(file):
    told = slips_of(file, 'url = "https://me:hunter2@host"\n')

    assert told[0].startswith("url: expected no user name or password inside the URL")
    assert "hunter2" not in told[0]


def test_password_where_the_name_of_its_variable_belongs_is_not_shown(file):
    told = slips_of(file, 'user = "me"\npassword_env = "hunter2!"\n')

    assert told == [
        "password_env: expected the name of an environment variable, found a text that cannot "
        "be one (export the password in that variable)"
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("timeout = 0", "timeout: expected more than 0, found the number 0"),
        ('timeout = "5"', "timeout: expected a number, found '5'"),
        ("user = 3", "user: expected a text, found the number 3 (quote it)"),
        ('namespaces = "a"', "namespaces: expected a list, found 'a'"),
        ('strict = "yes"', "strict: expected true or false, found 'yes'"),
        ("waivers = 3", "waivers: expected a list, found the number 3"),
        ("inputs = 3", "inputs: expected a map, found the number 3"),
        (
            'url = "http://h:0"',
            "url: expected a port number between 1 and 65535, found 0",
        ),
        (
            f"[[waivers]]\n{WAIVER}",
            "waivers[0].expires: expected a value, found nothing",
        ),
        (
            f'[[waivers]]\n{WAIVER}expires = "20301231"',
            "waivers[0].expires: expected a date such as 2030-12-31, found '20301231'",
        ),
        (
            f"[[waivers]]\n{WAIVER}expires = 2030-12-31T10:00:00",
            "waivers[0].expires: expected a date such as 2030-12-31, found '2030-12-31T10:00:00'",
        ),
        (
            f"[[waivers]]\n{WAIVER.replace('Bug 7', '')}expires = 2030-12-31",
            "waivers[0].reason: expected a text that is not empty, found ''",
        ),
        (
            f"[[waivers]]\n{WAIVER}expires = 2030-12-31\n" * 2,
            "waivers[1].id: expected a deviation of its own, found that of waivers[0] again",
        ),
        ("[inputs.a]\nproperties = {}", "inputs.a.class: expected a value, found nothing"),
        (
            '[[inputs.a]]\nclass = ""',
            "inputs.a[0].class: expected a text that is not empty, found ''",
        ),
        (
            '[inputs.a]\nclass = "A"\nproperties = {X = 2030-12-31}',
            "inputs.a.properties.X: expected a text or a number or true or false or a list, "
            "found 2030-12-31 (quote it)",
        ),
        ('key = "k.pem"', "cert: expected a client certificate beside its key, found nothing"),
        ('password_env = "A"', "user: expected a user beside password_env, found nothing"),
        (
            'netrc = true\nuser = "me"',
            "netrc: expected one source of user and password, "
            "found netrc beside user or password_env",
        ),
        (
            'insecure = true\nca = "a"',
            "insecure: expected one of insecure and ca, "
            "found insecure, which does not check certificates, beside ca",
        ),
    ],
)
def test_slip_is_told_with_expected_and_found(file, text, told):
    assert slips_of(file, text) == [told]


def test_unknown_key_names_the_close_one(file):
    (told,) = slips_of(file, "allow-changes = true\n")

    assert told.startswith("allow-changes: expected one of url, namespaces, ")
    assert told.endswith("found 'allow-changes' (did you mean allow_changes?)")


def test_all_slips_are_told_at_once(file):
    told = slips_of(file, 'sed = 1\ntimeout = -1\nurl = "ftp://h"\npassword = "x"\n')

    assert [line.partition(":")[0] for line in told] == ["password", "sed", "timeout", "url"]


def test_broken_toml_is_told_with_its_line(file):
    (told,) = slips_of(file, "seed = 1\nurl http\n")

    assert told.startswith(f"{file}:2: expected correct TOML in UTF-8, found a slip (")


def test_wrong_value_on_the_command_line_is_told_as_such(file):
    told = slips_of(file, "", {"seed": "x", "url": "host"})

    assert told == [
        "command line: seed: expected a whole number, found 'x'",
        "command line: url: expected a URL that starts with http://, https://, wsman:// or "
        "wsmans://, found neither",
    ]


def test_contradiction_of_file_and_command_line_names_both(file):
    (told,) = slips_of(file, 'ca = "a.pem"\n', {"insecure": True})

    assert told.startswith(f"{file} with command line: insecure: expected one of insecure and ca")
