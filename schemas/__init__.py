"""The nouns: pydantic models of events and of what they carry. Imports pydantic and the standard library only."""
