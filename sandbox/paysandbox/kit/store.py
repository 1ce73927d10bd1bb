"""Open the store of a sandbox."""

from paysandbox.core.problems import StoreFailed
from paysandbox.kit.runtime import Runtime
from paysandbox.store.log.codec import Codec
from paysandbox.store.log.condition import Condition
from paysandbox.store.log.engine import StoreError
from paysandbox.store.log.inspection import check_formats
from paysandbox.store.log.metered import MeteredLog
from paysandbox.store.log.opening import open_log, run_before_serving
from paysandbox.store.log.replicas import Replicas
from paysandbox.store.log.replication import Replication


def open_store(runtime: Runtime) -> None:
    """Keep the namespaces of a sandbox in the store of its settings, and go on where that stands.

    Raises:
        StoreFailed: the store cannot be used, or was written over other fixtures.
    """
    settings, origin = runtime.settings, runtime.namespaces
    replicas = Replicas(
        origin.baselines,
        seed=settings.seed,
        limit=settings.namespace_limit,
        time=runtime.time,
        budget=origin.budget,
        webhook_urls=settings.webhook_urls,
    )
    origin.budget.tally_entries()  # from now on, because entries of other workers will be in the journals as well
    codec = Codec(replicas.baselines, settings.seed)
    try:
        log = MeteredLog(open_log(settings.store, ttl=settings.namespace_ttl))
        try:
            run_before_serving(log, check_formats(log, codec))
        except BaseException:
            run_before_serving(log, log.close())
            raise
    except StoreError as error:
        raise StoreFailed([str(error)]) from None
    replication = Replication(log, replicas, codec, journal_entries=settings.journal_entries)
    replication.condition = Condition(log, log.tally)
    runtime.namespaces, runtime.replication, runtime.log_tally = replicas, replication, log.tally


def close_store(runtime: Runtime) -> None:
    """Close the store of a sandbox that is not served: forked processes open one of their own, or it has failed."""
    if runtime.replication is not None:
        log = runtime.replication.log
        run_before_serving(log, log.close())
