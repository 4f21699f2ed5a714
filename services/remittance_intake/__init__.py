"""Takes 835 files in: ``remittance-received``."""
