"""Choices of variants that a recording shows beside those in force, for a person who takes evidence home."""

from collections.abc import Iterator
from itertools import islice

from paysandbox.judging.differences import SHOWN, Drift


def list_shown_variants(provider: str, drift: Drift) -> Iterator[str]:
    """Yield a line for each choice that fits better. It is not graded here, because another may fit as well."""
    for name, number in drift.variants.items():
        owner, _, choice = name.partition(": ")
        if owner != provider:
            continue
        places = dict.fromkeys(
            place
            for difference in drift.differences
            if (difference.provider, difference.variant) == (provider, choice)
            for place in difference.places
        )
        where = f" ({', '.join(islice(places, SHOWN))})" if places else ""
        fits = f"it explains {number} difference{'' if number == 1 else 's'}"
        yield f"variant {choice}{where}: {fits}; grade the choice by hand, or serve with it"
