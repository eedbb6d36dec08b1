"""What `listkeeper doctor` looks at, each thing by using it."""
