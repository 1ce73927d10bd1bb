"""The host names of a contract's servers, as patterns for calls and as names of a certificate."""

from paysandbox.kit.runtime import Runtime


def test_names_fit_the_patterns(base_runtime: Runtime) -> None:
    """A variable is `*`, which stands for one label; CRM.COM's installations have hosts of their own."""
    contracts = [service.contract for service in base_runtime.services.values()]
    for contract in contracts:
        for pattern, name in zip(contract.hosts, contract.host_names, strict=True):
            assert pattern.fullmatch(name.replace("*", "acme"))
    assert {name for contract in contracts for name in contract.host_names} == {
        "api.invisiblecollector.com",
        "*.app.invoicexpress.com",
        "*.macewindu.invoicexpress.com",
        "api.invoiless.com",
    }
