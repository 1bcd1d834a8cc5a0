"""Edges to the messengers: the turn runner and delivery are shared, a messenger is a folder."""
