"""Mutants of exact numbers and their limits."""

from typing import Final

from tools.mutants.mutant import Mutant
from tools.mutants.operators import Argument, Condition, DropCall, Replace

MUTANTS: Final = (
    Mutant(
        id="repeated-member-taken",
        kind="dropped call",
        says="A JSON object may give a property twice; the last one counts.",
        within="_refuse_duplicates",
        change=DropCall("seen.add"),
    ),
    Mutant(
        id="nan-taken",
        kind="semantic",
        says="NaN and Infinity, which JSON does not have, are read as 0.",
        within="read_json",
        change=Replace(
            "_decoder.decode(content)", "_decoder.decode(re.sub(rb'(?<=:)NaN|(?<=:)-?Infinity', b'0', content))"
        ),
    ),
    Mutant(
        id="rounding-half-even",
        kind="constant",
        says="Half a cent is rounded to the even cent instead of up.",
        within="round_half_up",
        change=Replace("ROUND_HALF_UP", '"ROUND_HALF_EVEN"'),
    ),
    Mutant(
        id="number-out-of-range-taken",
        kind="constant",
        says="1e400 is read, which other readers take for infinity.",
        within="LARGEST_EXPONENT",
        change=Replace("308", "3080"),
    ),
    Mutant(
        id="decimals-through-float",
        kind="semantic",
        says="Numbers of a body lose what a float cannot hold.",
        within="_decoder",
        change=Argument("float_hook", "lambda text: Decimal(repr(float(text)))"),
    ),
    Mutant(
        id="exclusive-bound-included",
        kind="dropped condition",
        says="A quick yes takes an amount of exactly 0 where it has to be more than 0.",
        within="_check_number",
        change=Replace("value not in excluded", "True"),
    ),
    Mutant(
        id="loosest-bound",
        kind="semantic",
        says="Of two bounds that a value has to keep, a quick yes asks for the looser one.",
        within="_join",
        change=Replace("max(below.low for below in found)", "min(below.low for below in found)"),
    ),
    Mutant(
        id="remainder-rounded",
        kind="semantic",
        says="A quick yes rounds an amount before it asks for a multiple: 0.0149 is one of 0.01.",
        within="_check_number",
        change=Replace("_remainder(value, step)", "_remainder(round(value, 2), step)"),
    ),
    Mutant(
        id="choice-swapped",
        kind="semantic",
        says="A quick yes asks for the decimals of `else` where the condition holds.",
        within="_choose",
        change=Replace(
            "met(value) if condition(value) else unmet(value)", "unmet(value) if condition(value) else met(value)"
        ),
    ),
    Mutant(
        id="later-choices-forgotten",
        kind="semantic",
        says="Of several conditions a quick yes asks for the decimals of the first one only.",
        within="compile_limits",
        change=Replace(
            "[chosen, *(compile_limits(Limits(choices=(other,)), compile_condition) for other in others)]", "[chosen]"
        ),
    ),
    Mutant(
        id="unevaluated-split",
        kind="dropped condition",
        says="A quick yes forgets `unevaluatedProperties`, because it reads on below it.",
        within="LimitSplitter.split",
        change=Condition(
            "not isinstance(schema, dict) or 'unevaluatedProperties' in schema", "not isinstance(schema, dict)"
        ),
    ),
)
