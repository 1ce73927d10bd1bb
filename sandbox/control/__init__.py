"""The control plane: what tests do around a call. Laid out as a provider whose state is the sandbox itself."""

from sandbox.control import errors
from sandbox.control.operations import clock, faults, namespaces, pages, proofs, records, requests, sandbox, snapshots
from sandbox.provider import Provider
from sandbox.world import CONTROL, CONTROL_PREFIX

PROVIDER = Provider(
    name=CONTROL,
    operations=(pages, sandbox, namespaces, snapshots, records, requests, clock, faults, proofs),
    authenticate=errors.authenticate,
    refuse=errors.refuse,
    admit=errors.admit,
    mount=CONTROL_PREFIX,
)
