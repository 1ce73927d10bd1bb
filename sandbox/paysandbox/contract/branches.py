"""Which branch of an `anyOf` or `oneOf` a wrong value means, so that it is told of that branch alone."""

from typing import Final

import jsonschema_rs

BRANCHING: Final = ("anyOf", "oneOf")
_CHOOSING: Final = ("const", "enum")  # values by which branches are told apart


def list_meant_errors(error: jsonschema_rs.ValidationError) -> list[jsonschema_rs.ValidationError]:
    """The errors of the only branch of an `anyOf` or `oneOf` that the value can mean, else the error itself.

    An optional object is written `anyOf: [{$ref: …}, {type: "null"}]`, and an object that is sent does not mean null.
    An envelope that says OK does not mean a refusal, whose code has other values.
    """
    branches = error.kind.as_dict().get("context") if error.kind.name in BRANCHING else None
    if not branches:
        return [error]
    alike = [branch for branch in branches if not any(_other_type(one, error) for one in branch)]
    if len(alike) > 1:
        chosen = [branch for branch in alike if not any(one.kind.name in _CHOOSING for one in branch)]
        # A value that no branch has is told of the branch that is nearest.
        fewest = min(map(len, alike))
        alike = chosen or [branch for branch in alike if len(branch) == fewest]
    if len(alike) != 1:
        return [error]
    return [inner for one in alike[0] for inner in list_meant_errors(one)]


def _other_type(one: jsonschema_rs.ValidationError, error: jsonschema_rs.ValidationError) -> bool:
    return one.kind.name == "type" and one.instance_path == error.instance_path
