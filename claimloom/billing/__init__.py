"""Session to claim: units, modifiers, charges."""
