"""Conversations: events in, screens out. Imports the core only; sends nothing, knows no messenger."""
