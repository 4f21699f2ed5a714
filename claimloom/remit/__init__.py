"""Remittance to claim: match, classify what was denied, and split what is missing into causes that sum to the cent."""
