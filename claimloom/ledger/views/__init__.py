"""Views: what people ask. Every function takes a ``Scope``, and a ``Page`` where it lists: none reads all there is."""
