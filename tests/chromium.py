"""Finds a Chromium for the browser tests, and installs one where there is none: they are never skipped."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium_path() -> Path:
    """Return the Chromium to drive. Raises FileNotFoundError with what to do about it."""
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return Path(found)
    downloads = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", Path.home() / ".cache" / "ms-playwright"))
    for pattern in ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/*.app/Contents/MacOS/*"):
        for downloaded in sorted(downloads.glob(pattern), reverse=True):
            return downloaded
    raise FileNotFoundError("There is no Chromium here: `make browser` installs one.")


def install() -> None:
    """Install Chromium: Debian's package for root with apt, Playwright's own download elsewhere."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
            subprocess.run(
                ["apt-get", "-q", *command], check=True, env=environment, stdout=subprocess.DEVNULL
            )
    else:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)


def main() -> None:
    """Make sure that there is one and say which."""
    try:
        found = chromium_path()
    except FileNotFoundError:
        print("Installing Chromium for the browser tests")
        install()
        found = chromium_path()
    print(f"Browser tests drive {found}")


if __name__ == "__main__":
    main()
