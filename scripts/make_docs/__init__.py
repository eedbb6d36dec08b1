"""The reference pages, made from the code and from docs/words.toml: `make docs`."""
