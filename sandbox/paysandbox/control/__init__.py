"""The control plane: what tests do around a call. Laid out as a provider whose state is the sandbox itself."""

from paysandbox.control import errors
from paysandbox.control.operations import (
    clock,
    faults,
    namespaces,
    pages,
    records,
    requests,
    sandbox,
    snapshots,
    verification,
)
from paysandbox.kit.provider import Provider
from paysandbox.kit.runtime import CONTROL, CONTROL_PREFIX

PROVIDER = Provider(
    name=CONTROL,
    operations=(pages, sandbox, namespaces, snapshots, records, requests, clock, faults, verification),
    authenticate=errors.authenticate,
    refuse=errors.refuse,
    admit=errors.admit,
    mount=CONTROL_PREFIX,
)
