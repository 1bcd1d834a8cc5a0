"""PostgreSQL, Redis, receipts, exchange files, speech: implements the ports of core and dialogs."""
