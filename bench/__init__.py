"""How fast, how small: `make bench` measures the running system beside a reference in the same run."""
