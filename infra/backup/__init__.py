"""Backups: the whole database in one file, and back. The format is that of PostgreSQL with a manifest beside it."""

from infra.backup.archive import BackupRefused, Manifest
from infra.backup.making import make_backup
from infra.backup.restoring import restore_backup

__all__ = ["BackupRefused", "Manifest", "make_backup", "restore_backup"]
