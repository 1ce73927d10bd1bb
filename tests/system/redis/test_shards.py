"""A cluster that loses a server: its namespaces are refused until it is back, and the others go on."""

from pathlib import Path

from paysandbox.store.log.redis.cluster import find_slot
from tests.helpers.redis_servers import running_cluster
from tests.helpers.served import Served
from tests.system.redis.conftest import Serve


def call(worker: Served, namespace: str) -> tuple[int, str]:
    reply = worker.http.get(f"/ns/{namespace}/invisible-collector/companies")
    return reply.status_code, reply.headers.get("x-sandbox-request") or reply.json()["detail"]


def test_a_lost_server_of_a_cluster_takes_only_its_namespaces_with_it(tmp_path: Path, serve: Serve) -> None:
    with running_cluster(tmp_path) as servers:
        worker = serve(f"redis+cluster://127.0.0.1:{servers[2].port},127.0.0.1:{servers[0].port}")
        by_server: dict[int, str] = {}
        for number in range(100):
            by_server.setdefault(find_slot(f"paysandbox:{{n{number}}}") * 3 // 16384, f"n{number}")
        assert len(by_server) == 3
        for name in by_server.values():
            assert call(worker, name) == (401, f"{name}-1")
        servers[2].kill()
        assert worker.get("health")["store"]["answers"] is False  # so that the connection is known to be lost
        status, why = call(worker, by_server[2])
        assert status == 503
        assert "; the call was not carried out" in why
        for place in (0, 1):
            assert call(worker, by_server[place]) == (401, f"{by_server[place]}-2")
        servers[2].start()
        assert call(worker, by_server[2]) == (
            401,
            f"{by_server[2]}-1",
        )  # it kept nothing; the call waits until it has joined
        for place in (0, 1):
            assert call(worker, by_server[place]) == (401, f"{by_server[place]}-3")
        assert worker.get("health")["store"]["answers"] is True
