"""How an address line is written: USPS Publication 28, as far as text alone can say. Pure; codes nothing."""
