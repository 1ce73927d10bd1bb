"""The control plane: what tests do around the calls that they test. A provider whose state is the sandbox itself."""

from paysandbox.control import errors, operations
from paysandbox.kit.provider import Provider
from paysandbox.kit.runtime import CONTROL, CONTROL_PREFIX

PROVIDER = Provider(
    name=CONTROL,
    operations=operations,
    authenticate=errors.authenticate,
    refuse=errors.refuse,
    admit=errors.admit,
    mount=CONTROL_PREFIX,
)
