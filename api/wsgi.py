"""What the web server loads: the application, built from the environment."""

import os
import sys

from api import create_app
from coaching.adapters.content import ContentError
from coaching.adapters.logs import set_up_logs
from coaching.settings import SettingsError, read_settings

try:
    _settings = read_settings(os.environ)
    set_up_logs(_settings.log_level, _settings.log_format)
    app = create_app(_settings)
except (SettingsError, ContentError) as error:
    print(error, file=sys.stderr)  # noqa: T201 - before any log is set up
    sys.exit(2)
