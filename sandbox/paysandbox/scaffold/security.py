"""Takes the security schemes of an OpenAPI document over: one credential for each operation."""

from typing import Any, Final

from paysandbox.scaffold.notes import Notes
from paysandbox.scaffold.source import Source

_KEY_PLACES: Final = ("header", "query")


class SecurityConverter:
    """Converts security schemes; `schemes` has those that an operation uses."""

    def __init__(self, source: Source, notes: Notes) -> None:
        self._source = source
        self._notes = notes
        components = source.expect(source.document.get("components") or {}, ("components",))
        self._written = source.expect(components.get("securitySchemes") or {}, ("components", "securitySchemes"))
        self.schemes: dict[str, dict[str, Any]] = {}

    def convert(self, needed: Any, shown: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return the requirement of an operation, and what else it needs as required parameters.

        Of several alternatives the first that can be imitated counts; an alternative without any means that none does.
        """
        alternatives = [one for one in needed if isinstance(one, dict)] if isinstance(needed, list) else []
        if not alternatives or {} in alternatives:
            return [], []
        for alternative in alternatives:
            found = {name: self._convert_scheme(name, shown) for name in alternative}
            if all(scheme is not None for scheme in found.values()):
                first, *others = found
                self.schemes[first] = found[first] or {}
                if len(alternatives) > 1:
                    self._notes.add(f"Of several ways to authenticate only {first} is taken", shown)
                return [{first: []}], [self._make_parameter(found[name] or {}, shown) for name in others]
        self._notes.add("No way to authenticate can be imitated, so every caller is let in", shown)
        return [], []

    def _make_parameter(self, scheme: dict[str, Any], shown: str) -> dict[str, Any]:
        """Return a further credential as a required parameter, because the sandbox compares only the first."""
        name = scheme.get("name", "Authorization")
        self._notes.add(f"{name} is required but not compared with anything", shown)
        place = scheme.get("in", "header")
        schema = {"type": "string", "minLength": 1, "maxLength": 200}
        return {"name": name, "in": place, "required": True, "schema": schema, "example": "sandbox"}

    def _convert_scheme(self, name: str, shown: str) -> dict[str, Any] | None:
        place = ("components", "securitySchemes", name)
        written = self._source.follow(self._written.get(name), place)
        if not isinstance(written, dict):
            self._notes.add(f"There is no security scheme {name}", shown)
            return None
        about = {"description": written["description"]} if written.get("description") else {}
        kind, scheme = written.get("type"), str(written.get("scheme", "")).lower()
        if kind == "apiKey" and written.get("in") in _KEY_PLACES:
            return {"type": "apiKey", "in": written["in"], "name": str(written.get("name", name)), **about}
        if kind == "http" and scheme == "bearer":
            return {"type": "http", "scheme": "bearer", **about}
        if kind == "http" and scheme == "basic":
            self._notes.add("The whole Authorization header, Basic and all, is the credential", name)
            return {"type": "apiKey", "in": "header", "name": "Authorization", **about}
        if kind in ("oauth2", "openIdConnect"):
            self._notes.add("Tokens are not issued or limited by scopes; the test token always works", name)
            return {"type": "http", "scheme": "bearer", **about}
        return None
