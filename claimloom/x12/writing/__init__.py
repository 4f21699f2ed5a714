"""Nouns to text: claims, remittances and answers as X12, and the answer to a report."""
