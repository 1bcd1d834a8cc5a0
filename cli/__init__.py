"""The `vodoteplo` command and the wiring: the only place that sees both the edges and infra."""
