"""Random programs, compared with the oracle."""
