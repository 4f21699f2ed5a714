"""Rules that a billing company writes itself: TOML files of its data folder with a condition in CEL each."""
