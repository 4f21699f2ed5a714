"""How events move: services declared and checked (topology), made durable (step), run in one process (embedded)."""
