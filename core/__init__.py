"""The trade: accounts, meters, billing, support. Imports itself, the standard library and pure value libraries only."""
