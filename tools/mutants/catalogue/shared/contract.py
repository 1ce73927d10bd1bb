"""Mutants of the contracts: what is asked of a request, and where it goes."""

from typing import Final

from tools.mutants.mutant import Mutant
from tools.mutants.operators import Argument, Condition, Replace, Returned

MUTANTS: Final = (
    Mutant(
        id="format-ignored",
        kind="constant",
        says="No `format` of any contract is asserted: 2024-02-31 is a date.",
        within="Schemas._compile",
        change=Argument("validate_formats", "False"),
    ),
    Mutant(
        id="enum-ignored",
        kind="semantic",
        says="A body's value that is in no enum is taken.",
        within="Operation.check",
        change=Replace(
            "self.body.validator.violations(body)",
            "[found for found in self.body.validator.violations(body) if found.keyword != 'enum']",
        ),
    ),
    Mutant(
        id="extra-member-ignored",
        kind="semantic",
        says="A body's member that the contract does not name is passed over.",
        within="Operation.check",
        change=Replace(
            "self.body.validator.violations(body)",
            "[found for found in self.body.validator.violations(body) if 'Properties' not in found.keyword]",
        ),
    ),
    Mutant(
        id="limits-ignored",
        kind="semantic",
        says="A body's text may be as long, and its numbers as large, as one likes.",
        within="Operation.check",
        change=Replace(
            "self.body.validator.violations(body)",
            "[found for found in self.body.validator.violations(body) if not found.keyword.startswith('max')]",
        ),
    ),
    Mutant(
        id="coerced-strings",
        kind="semantic",
        says='A number in quotes is taken for the number: `{"amount": "7"}`.',
        within="Operation.check",
        change=Replace(
            "self.body.validator.is_valid(body)",
            "self.body.validator.is_valid(body) or self.body.validator.is_valid(__import__('msgspec').json.decode("
            "re.sub(rb':\"(0|[1-9][0-9]{0,8})\"', rb':\\1', __import__('msgspec').json.encode(body))))",
        ),
    ),
    Mutant(
        id="query-not-judged",
        kind="dropped statement",
        says="What is wrong with query parameters and headers is found and then forgotten.",
        within="Operation.read_arguments",
        change=Replace("violations += wrong", "pass"),
    ),
    Mutant(
        id="path-id-not-canonical",
        kind="semantic",
        says="Python's own reading of integers decides about ids: `+1`, `01` and `1_0` name records.",
        within="_INTEGER",
        change=Replace('re.compile(r"-?(?:0|[1-9][0-9]{0,299})", re.ASCII)', "re.compile(r'[-+]?[0-9_]{1,300}')"),
    ),
    Mutant(
        id="media-type-not-asked",
        kind="condition",
        says="A body without a Content-Type is read as JSON.",
        within="Operation.read_content",
        change=Condition("len(declared) != 1 or not _is_json(declared[0])", "declared and not _is_json(declared[0])"),
    ),
    Mutant(
        id="repeated-credential-taken",
        kind="dropped statement",
        says="Of two credentials the first one counts.",
        within="Scheme.read",
        change=Replace('raise Unauthenticated(f"{self} is given {len(given)} times")', "given = given[:1]"),
    ),
    Mutant(
        id="any-authorization-scheme",
        kind="condition",
        says="`Authorization: Basic <token>` is as good as `Bearer <token>`.",
        within="Scheme._read_authorization",
        change=Condition("kind.lower() != word.lower()", "not space"),
    ),
    Mutant(
        id="allow-promises-too-much",
        kind="condition",
        says="`Allow` names HEAD where there is no GET.",
        within="Contract.route",
        change=Replace("['HEAD'] if 'GET' in methods else []", "['HEAD']"),
    ),
    Mutant(
        id="double-slash-tolerated",
        kind="condition",
        says="Every API reads `//` as `/`, not only the one whose page has it.",
        within="Router.find",
        change=Condition("habits.tolerates_double_slash", "True"),
    ),
    Mutant(
        id="suffix-not-heeded",
        kind="constant",
        says="A namespace that a credential chooses is not heeded: everybody is in `default`.",
        within="find_suffix",
        change=Returned('""', old="suffix"),
    ),
    Mutant(
        id="unknown-parameter-ignored",
        kind="dropped statement",
        says="Query parameters that the contract lacks are passed over.",
        within="QueryNames.find_unknown",
        change=Condition("not unknown", "True"),
    ),
    Mutant(
        id="read-only-property-refused",
        kind="dropped call",
        says="A property that a write cannot change is refused when it is sent back.",
        within="ReadOnlyProperties.strip",
        change=Returned("body"),
    ),
    Mutant(
        id="sentence-of-another-property",
        kind="semantic",
        says="Of two missing properties the second one is refused with the sentence about the first.",
        within="SchemaValidator._violation",
        change=Replace("(*error.evaluation_path, keyword, missing)", "(*error.evaluation_path, keyword)"),
    ),
)
