"""What should be written to whom, and whether it may go now; the live run and a rehearsal share it."""
