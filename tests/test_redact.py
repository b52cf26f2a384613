"""Secrets never reach a file."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from buildscope.journal.redact import MASK, Redactor
from buildscope.model.target import Target

SECRET = "hunter2-hunter2"


def redactor() -> Redactor:
    return Redactor({"MY_API_TOKEN": SECRET, "HOME": "/home/somebody", "SHORT_TOKEN": "abc"})


def test_values_of_secret_looking_variables_are_masked() -> None:
    assert redactor().text(f"login with {SECRET} now") == f"login with {MASK} now"


def test_ordinary_and_short_values_are_left_alone() -> None:
    assert redactor().text("/home/somebody abc") == "/home/somebody abc"


def test_author_is_no_secret() -> None:
    assert Redactor({"GIT_AUTHOR_NAME": "Somebody Else"}).text("Somebody Else") == "Somebody Else"


def test_credentials_in_urls_are_masked() -> None:
    text = redactor().text("see https://user:pa55@index.invalid/simple and http://a.invalid/b")
    assert text == f"see https://{MASK}@index.invalid/simple and http://a.invalid/b"


def test_a_password_in_a_variable_is_masked_wherever_it_stands() -> None:
    known = Redactor({"PIP_INDEX_URL": "https://me:longpassword@index.invalid/simple"})
    assert "longpassword" not in known.text("retrying with longpassword")


def test_the_beginning_of_a_secret_is_masked_where_a_text_was_cut() -> None:
    known = redactor()
    assert known.text(f"'{SECRET[:9]}'… (900 in all)") == f"'{MASK}'… (900 in all)"
    assert known.text(f"{{'a': '{SECRET[:4]}…") == f"{{'a': '{MASK}…"
    assert known.text(f"a {SECRET[:3]}… b {SECRET[:9]}") == f"a {SECRET[:3]}… b {SECRET[:9]}"


def test_secrets_are_masked_as_python_and_json_quote_them() -> None:
    secret = "first line\nit's \\ pässword"
    known = Redactor({"A_PASSWORD": secret})
    for quoted in (repr(secret), repr(secret.encode()), repr([secret]), json.dumps(secret)):
        assert "line" not in known.text(quoted)


def test_records_are_masked_in_every_string() -> None:
    target = redactor().record(Target(text=f"x @ {SECRET}", kind="url", name=SECRET))
    assert target == Target(text=f"x @ {MASK}", kind="url", name=MASK)


def test_a_longer_secret_wins_over_its_own_beginning() -> None:
    both = Redactor({"A_TOKEN": "abcdefgh", "B_TOKEN": "abcdefghij"})
    assert both.text("abcdefghij") == MASK


def test_credentials_are_found_where_a_chunk_is_the_colon_alone() -> None:
    stream = redactor().stream()
    chunks = [b"https", b":", b"//user:password@host.invalid/x"]
    written = b"".join(map(stream.feed, chunks)) + stream.finish()
    assert written == b"https://[redacted]@host.invalid/x"


@given(
    st.lists(st.integers(1, 40), max_size=12),
    st.sampled_from(
        [
            f"a {SECRET} b\n",
            "https://user:password@host.invalid/x y\n",
            f"{SECRET}{SECRET}",
            "plain :// text @ all\n",
            "http:",
        ]
    ),
)
def test_secrets_split_over_chunks_are_found(cuts: list[int], text: str) -> None:
    raw, known = text.encode(), redactor()
    stream, written, at = known.stream(), b"", 0
    for cut in cuts:
        written += stream.feed(raw[at : at + cut])
        at += cut
    written += stream.feed(raw[at:])
    written += stream.finish()
    assert written == known.data(raw)


def test_a_line_without_a_secret_is_not_held_back() -> None:
    assert redactor().stream().feed(b"Proceed? ") == b"Proceed? "
