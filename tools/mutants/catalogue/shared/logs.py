"""Mutants of the logs of stores."""

from typing import Final

from tools.mutants.mutant import Mutant
from tools.mutants.operators import Condition, DropCall, Replace

MUTANTS: Final = (
    Mutant(
        id="default-forgotten",
        kind="constant",
        says="The default namespace of a store is forgotten like any other.",
        within="SqliteLog._list_unused",
        change=Replace("(before, DEFAULT)", "(before, '')"),
    ),
    Mutant(
        id="forgotten-but-held",
        kind="dropped statement",
        says="The process that has forgotten a namespace of the store goes on with what it holds of it.",
        within="Replication.forget_unused",
        change=Replace("doubt(self.replicas.replica(name))", "None"),
    ),
    Mutant(
        id="batch-not-repeated",
        kind="call",
        says="Calls of a batch are answered as they were made, though another worker was faster.",
        within="Batches._flush_turn",
        change=Replace("self._run(work, send)", "send(result)"),
    ),
    Mutant(
        id="batch-goes-on",
        kind="condition",
        says="A call that deletes a record does not end its batch.",
        within="Batches.add",
        change=Condition("opened.sweeps.is_set", "False"),
    ),
    Mutant(
        id="read-not-confirmed",
        kind="condition",
        says="What was read of a replica is answered, though its log has gone on.",
        within="Replication._confirm",
        change=Replace("return is_latest and changed is None", "return changed is None"),
    ),
    Mutant(
        id="lost-is-refused",
        kind="statement",
        says="A call is made again if its entry may have arrived and the engine is away.",
        within="Replication._append_once",
        change=Replace("raise lost from None", "return False"),
    ),
    Mutant(
        id="snapshot-not-replayed",
        kind="dropped call",
        says="A worker restores a snapshot of another one to the fixtures.",
        within="LoggedNamespace._begin_state",
        change=DropCall("state.restore"),
    ),
    Mutant(
        id="damage-not-found",
        kind="condition",
        says="An entry is read whatever its check sum is.",
        within="Codec.check",
        change=Condition("crc32(body, begun) != check_sum", "False"),
    ),
    Mutant(
        id="fixtures-not-compared",
        kind="semantic",
        says="A log over other fixtures is gone on with.",
        within="Codec.check",
        change=Replace("self._heads.get(head)", "_begin_sum(head)"),
    ),
    Mutant(
        id="fingerprint-without-seed",
        kind="semantic",
        says="A log of another seed is gone on with.",
        within="_make_fingerprint",
        change=Replace("repr(seed).encode()", "b''"),
    ),
    Mutant(
        id="gap-in-log-taken",
        kind="condition",
        says="An entry that does not follow the one before it is applied.",
        within="Folding._check_order",
        change=Condition("version != last + 1 or entry.previous != token", "False"),
    ),
    Mutant(
        id="refused-append-trims",
        kind="condition",
        says="An append that was refused trims the log all the same.",
        within="SqliteLog.append",
        change=Condition("is_added and keep_from", "keep_from"),
    ),
    Mutant(
        id="half-a-batch-kept",
        kind="constant",
        says="A batch of which an entry could not be written is kept in part.",
        within="SqliteLog._transaction",
        change=Replace("'ROLLBACK'", "'COMMIT'"),
    ),
    Mutant(
        id="trimmed-with-journal",
        kind="semantic",
        says="A log is trimmed to its last entry, and with it the journal.",
        within="Replication._append_whole",
        change=Replace("max(version - self._journal_entries, 0)", "version"),
    ),
    Mutant(
        id="redis-page-end-lost",
        kind="condition",
        says="A long log in Redis is read to the end of its first page.",
        within="RedisLog.read",
        change=Condition("len(entries) < count or len(found) >= limit", "True"),
    ),
    Mutant(
        id="redis-trimmed-between-pages",
        kind="condition",
        says="A log that is trimmed between two pages is read with a gap.",
        within="RedisLog.read",
        change=Condition("not is_anew and found and entries and entries[0].version != last + 1", "False"),
    ),
    Mutant(
        id="redis-default-expires",
        kind="condition",
        says="The default namespace expires in Redis like any other.",
        within="RedisLog.append",
        change=Condition("namespace == DEFAULT", "False"),
    ),
)
