"""``python -m storycluster`` is ``storycluster``."""

import sys

from storycluster.cli import main

if __name__ == "__main__":
    sys.exit(main())
