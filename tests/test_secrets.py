"""Secret settings: out of the record, and still there for the next attempt of the process."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from buildscope.errors import UsageError
from buildscope.journal.redact import Redactor
from buildscope.journal.writer import JOURNAL
from buildscope.model.settings import Request, Settings
from buildscope.session.secrets import Secrets

if TYPE_CHECKING:
    from collections.abc import Callable

    from buildscope.session.session import Session
    from tests.conftest import SessionFactory

SECRET = "not for the record"
GIVEN = Settings(
    env={"UPLOAD_TOKEN": SECRET, "CC": "clang"},
    index_url=f"https://user:{SECRET.replace(' ', '')}@h.invalid/simple",
    find_links=("wheels", "https://me:password@h.invalid/links"),
    config_settings={"key": [SECRET, "plain"], "other": "plain"},
)
PRINTS = """
def get_requires_for_build_wheel(config_settings=None):
    print("token", len(os.environ["UPLOAD_TOKEN"]), os.environ["UPLOAD_TOKEN"][::-1])
    return []
"""


def test_what_was_taken_out_is_put_back() -> None:
    redactor = Redactor()
    secrets = Secrets(redactor)
    secrets.learn(GIVEN)
    recorded = redactor.record(GIVEN)
    assert recorded != GIVEN
    assert SECRET not in str(recorded)
    assert secrets.complete(recorded) == secrets.known(recorded) == GIVEN
    assert secrets.complete(Settings()) == Settings()


@pytest.mark.parametrize(
    ("settings", "hint"),
    [
        (Settings(env={"UPLOAD_TOKEN": SECRET}), "-e UPLOAD_TOKEN=…"),
        (Settings(index_url="https://me:password@h.invalid/simple"), "--index-url …"),
        (Settings(extra=("x @ https://me:password@h.invalid/x.zip",)), "-x …"),
    ],
)
def test_what_another_process_was_given_must_be_given_again(settings: Settings, hint: str) -> None:
    redactor = Redactor({"UPLOAD_TOKEN": SECRET})
    with pytest.raises(UsageError, match="taken out of the record") as caught:
        Secrets(Redactor()).complete(redactor.record(settings))
    assert hint in str(caught.value.hint)


def output(session: Session, number: int) -> str:
    stdout = session.record.attempt(number).phase("get_requires").stdout
    assert stdout is not None
    return Path(stdout).read_text()


def test_a_retry_has_the_secret_and_the_record_has_not(
    session_on: SessionFactory, project: Path, reopen: Callable[[Path], Session]
) -> None:
    with (project / "backend.py").open("a") as backend:
        backend.write(PRINTS)
    session = session_on(project)
    session.run(Settings(copy=True, env={"UPLOAD_TOKEN": SECRET}))
    recorded = session.record.attempts[0].settings
    assert SECRET not in str(recorded)
    again = session.retry(1, Request(settings=recorded, start="get_requires"))
    assert output(session, 1) == output(session, 2) == f"token {len(SECRET)} {SECRET[::-1]}\n"
    assert (again.label, again.changed) == ("from get_requires", {})
    session.close()
    assert SECRET.encode() not in (session.directory / JOURNAL).read_bytes()

    other = reopen(session.directory)
    with pytest.raises(UsageError, match="UPLOAD_TOKEN"):
        other.retry(1, Request(settings=recorded))
    given = Settings(copy=True, env={"UPLOAD_TOKEN": SECRET})
    third = other.retry(1, Request(settings=given))
    assert third.first_phase == "get_requires"
    assert output(other, 3) == output(session, 1)
