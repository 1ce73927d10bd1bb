"""Mutants of the records of a namespace, and its fixtures."""

from typing import Final

from tools.mutants.mutant import Mutant
from tools.mutants.operators import Argument, Condition, DropCall, Replace, Returned

MUTANTS: Final = (
    Mutant(
        id="refused-call-changes-state",
        kind="changed call",
        says="What a handler did before it refused stays.",
        within="Transaction.__exit__",
        change=Replace("self.rollback()", "self.commit()"),
    ),
    Mutant(
        id="index-keeps-deleted",
        kind="semantic",
        says="A deleted record stays in the indexes, and is still counted.",
        within="Table.delete",
        change=Replace("self._unlink(name, getter(old), key)", "self._own_keys(name, getter(old))"),
    ),
    Mutant(
        id="ids-repeat",
        kind="constant",
        says="The counter of ids does not count, so that the second record takes the place of the first.",
        within="Transaction.advance",
        change=Replace("before + 1", "1"),
    ),
    Mutant(
        id="namespaces-share-state",
        kind="constant",
        says="The header that chooses a namespace is not heeded: everybody is in `default`.",
        within="AsgiApp.answer",
        change=Replace("head.namespace if address.namespace is None else address.namespace", "address.namespace"),
    ),
    Mutant(
        id="reset-does-not-reset",
        kind="dropped call",
        says="After a reset the records are as before.",
        within="Namespace.reset",
        change=DropCall("self._states.clear"),
    ),
    Mutant(
        id="snapshot-goes-on",
        kind="dropped call",
        says="What comes after a snapshot gets into it.",
        within="Table.snapshot",
        change=Returned("Overlay(self._own, self._buckets)"),
    ),
    Mutant(
        id="diff-forgets-the-removed",
        kind="dropped statement",
        says="A record that is gone is in no diff.",
        within="Table.diff",
        change=Replace("found.removed[key] = before", "pass"),
    ),
    Mutant(
        id="fork-is-not-apart",
        kind="dropped call",
        says="A fork and its origin have one clock.",
        within="fork_namespace",
        change=Argument("clock", "origin.clock"),
    ),
    Mutant(
        id="credential-of-no-account-passes",
        kind="dropped statement",
        says="A fixture file may give a credential that no account of its records has.",
        within="_find_state_errors",
        change=Replace("find_credential_errors(provider, state, credentials)", "()"),
    ),
    Mutant(
        id="duplicate-in-fixtures-passes",
        kind="condition",
        says="Two records of a fixture file may have one number or one API key.",
        within="find_shared",
        change=Condition("values is not None and key != (other := first.setdefault(values, key))", "False"),
    ),
    Mutant(
        id="extending-record-does-not-replace",
        kind="semantic",
        says="A record of a file that extends the default fixtures does not replace the one of its key.",
        within="compile_fixtures",
        change=Replace(
            "{**(base.baseline.fixture_rows[name].records if base is not None else {}), **own[name].records}",
            "{**own[name].records, **(base.baseline.fixture_rows[name].records if base is not None else {})}",
        ),
    ),
    Mutant(
        id="use-not-noted",
        kind="dropped statement",
        says="A namespace is as old as its creation, however much it is used.",
        within="ExpiringNamespaces.find",
        change=Replace("self._used[name] = read_ticks()", "pass"),
    ),
)
