"""What Granian serves: granian --interface wsgi --workers 1 --blocking-threads 8 sandbox.wsgi:app.

One worker, because the mailbox lives in its memory; several threads, because a fault may hold some up.
"""

import os

from sandbox.app import create_app
from sandbox.options import read_options

app = create_app(read_options(os.environ))
