"""The credentials of a check: from options, then from the environment, then from the fixtures."""

from collections.abc import Mapping

from paysandbox.core.nearest import list_nearest


def resolve_credentials(
    provider: str, known: Mapping[str, str], options: Mapping[str, str], environment: Mapping[str, str]
) -> dict[str, str]:
    """The credentials to call a provider with; `known` are those of the fixtures."""
    given = {key.upper(): value for key, value in options.items()}
    found = {}
    for name, value in known.items():
        variable = name_variable(provider, name)
        # An empty variable counts as none, as for the options.
        found[name] = given.get(variable, given.get(name.upper(), environment.get(variable) or value))
    return found


def secrets_to_mask(provider: str, known: Mapping[str, str], used: Mapping[str, str]) -> dict[str, str]:
    """Return the secret credentials, by their environment variable: those that differ from the fixtures."""
    return {name_variable(provider, name): value for name, value in used.items() if value != known[name]}


def describe_unknown_credential(known: Mapping[str, Mapping[str, str]], options: Mapping[str, str]) -> str | None:
    """Which option names no credential, and which there are; `known` are the credentials by provider."""
    names = {
        key
        for provider, credentials in known.items()
        for name in credentials
        for key in (name.lower(), name_variable(provider, name).lower())
    }
    for name in options:
        if name.lower() not in names:
            return f"unknown credential {name!r}; the credentials are {list_nearest(name.lower(), names)}"
    return None


def name_variable(provider: str, credential: str) -> str:
    """The environment variable of a credential."""
    return f"{provider}_{credential}".upper()
