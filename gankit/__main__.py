"""`python -m gankit`."""

import sys

from gankit.commands.main import main

sys.exit(main())
