"""`python -m grantstream.cli`, which is the command `grantstream`."""

import sys

from grantstream.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
