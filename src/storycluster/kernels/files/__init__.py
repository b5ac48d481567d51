"""The compiled loops of files: bytes of JSON lines in, columns out, and stories' lines from columns."""
