"""The commands of `listkeeper`, one module a family; each parses, calls one function and prints."""
