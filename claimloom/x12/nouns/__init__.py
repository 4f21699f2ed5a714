"""Documents to the product's nouns: remittances, acknowledgments."""
