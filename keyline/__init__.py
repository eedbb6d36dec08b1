"""Keylines, Intelligent Mail barcodes and address-block lines. Pure: no I/O, standard library only."""
