"""The made-up caseload that a first start shows, lived through with the real use cases at past moments."""

from coaching.usecases.sample.caseload import Caseload, read_caseload
from coaching.usecases.sample.load import load_sample

__all__ = ["Caseload", "load_sample", "read_caseload"]
