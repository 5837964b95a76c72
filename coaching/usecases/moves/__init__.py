"""The ledger's moves, one function each; which may follow which stands in `coaching/domain/ledger.py`."""
