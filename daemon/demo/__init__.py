"""The demonstration: invented people, an invented post office, and the story of one mailing."""
