"""The HTTP side: webhooks, health, metrics. What a webhook takes in is decided by whoever stands behind its path."""
