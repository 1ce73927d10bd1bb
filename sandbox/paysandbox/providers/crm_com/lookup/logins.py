"""Finding the user of a login."""

from collections.abc import Iterator, Mapping

from paysandbox.providers.crm_com.records.catalogue import User
from paysandbox.providers.crm_com.records.state import CrmComState


def find_user(state: CrmComState, username: str, password: str, organisation: str) -> User | None:
    """Return the user with this name and password, if it is a user of this organisation."""
    user = state.users.find("username", username)
    found = state.organisations.find("name", organisation)
    if user is None or user.password != password or found is None:
        return None
    return user if found.id == find_organisation(state, user.unit) else None


def find_organisation(state: CrmComState, unit_id: str) -> str | None:
    """Return the id of the organisation of a unit, None if there is no such unit."""
    unit = state.units.get(unit_id)
    return unit.organisation if unit is not None else None


def check_credentials(credentials: Mapping[str, str], state: CrmComState) -> Iterator[tuple[str, str]]:
    """Yield the credentials of a fixture file that open nothing: the token, the key, and the login as a whole.

    Whether a token has expired is not asked, because that depends on the time.
    """
    token = credentials.get("token")
    if token is not None and state.tokens.get(token) is None:
        yield "token", "no login has this token; it must be in tokens"
    key = credentials.get("web_api_key")
    if key is not None and state.web_api_keys.get(key) is None:
        yield "web_api_key", "there is no such key; it must be in web_api_keys"
    login = [credentials.get(name) for name in ("username", "password", "organisation")]
    given = [text for text in login if text is not None]
    if given and (len(given) < len(login) or find_user(state, *given) is None):
        yield (
            "username",
            "username, password and organisation match no user; it must be in users, with its unit's organisation",
        )
