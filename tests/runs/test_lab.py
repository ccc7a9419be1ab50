"""What `lab.toml` may say, and what a person reads who wrote something else into it."""

from __future__ import annotations

from pathlib import Path

import pytest

from lrlab.errors import InvalidInput
from lrlab.runs.database import database_url
from lrlab.runs.lab import Lab, lab


def write(home: Path, text: str) -> None:
    (home / "lab.toml").write_text(text)


def test_a_lab_without_the_file_has_defaults(home: Path) -> None:
    assert lab() == Lab(database_url=None)
    assert database_url().database == str(home / "lrlab.db")


def test_the_file_names_the_database_and_the_environment_goes_first(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(home, 'database_url = "postgresql://ada:secret@host/lab"')
    assert (database_url().drivername, database_url().host) == ("postgresql+psycopg", "host")
    monkeypatch.setenv("LRLAB_DATABASE_URL", "sqlite:////folder/other.db")
    assert database_url().database == "/folder/other.db"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("database_url = 5", "lab.toml.database_url is 5; allowed is a database's URL as text."),
        ('database_url = ""', "lab.toml.database_url is ''; allowed is a database's URL as text."),
        ("colour = 'red'", "lab.toml.colour is not a known field; allowed is database_url"),
        ("database_url", "allowed is a TOML text ("),
        ('database_url = "my secret"', "lab.toml.database_url is not a database's URL; allowed is"),
        ('database_url = "mysql://a/b"', "lab.toml.database_url is a URL of 'mysql'; allowed is"),
        ('database_url = "sqlite://"', "allowed is one with a file's name."),
        ('database_url = "postgresql://a:port/b"', "is not a database's URL; allowed is"),
    ],
)
def test_what_it_may_not_say_is_one_sentence(home: Path, text: str, sentence: str) -> None:
    write(home, text)
    with pytest.raises(InvalidInput) as caught:
        database_url()
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_text_is_one_sentence(home: Path) -> None:
    (home / "lab.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidInput, match=r"^lab\.toml is '.*lab\.toml'; allowed is a TOML text"):
        lab()


def test_a_folder_of_that_name_is_one_sentence(home: Path) -> None:
    (home / "lab.toml").mkdir()
    with pytest.raises(InvalidInput, match=r"allowed is a file that can be read"):
        lab()
