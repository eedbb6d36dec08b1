"""What engines send back: containers, presets and columns; a row of any vendor becomes one of ours. Decides nothing."""
