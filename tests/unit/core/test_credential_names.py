"""Where clients send credentials by mistake is masked wherever it is shown."""

import re

import pytest

from paysandbox.core.credential_names import HEADERS, IN_TEXT, QUERY_PARAMETERS, is_credential, normalize_name


@pytest.mark.parametrize("name", sorted({*HEADERS, *QUERY_PARAMETERS} - {"key"}))
def test_a_usual_name_is_masked(name: str) -> None:
    """As the name of a header or parameter, and in running text; `key` alone is one only where parameters are."""
    assert is_credential(normalize_name(name))
    assert re.search(IN_TEXT, name, re.IGNORECASE)


@pytest.mark.parametrize("name", ["key", "monkey", "tokens_left", "author", "cookies", "apikeys", "amount"])
def test_other_names_are_not_masked(name: str) -> None:
    """A name that merely contains such a word at its beginning says something else."""
    assert not is_credential(normalize_name(name))


@pytest.mark.parametrize("name", ["Cookie", "pwd", "client_secret", "X-Api-Key", "xApiKey", "userPassword", "bearer"])
def test_a_name_is_known_in_any_spelling(name: str) -> None:
    """Without regard to case, dashes and underscores."""
    assert is_credential(normalize_name(name))
