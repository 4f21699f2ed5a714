"""X12: read and write the transactions of a claim's life. The only importer of pyx12."""
