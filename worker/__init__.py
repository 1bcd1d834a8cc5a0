"""Background work: what needs the network or a heavy library, and what is done by the clock."""
