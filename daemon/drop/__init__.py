"""The drop: one mailing as a pipeline of seven steps, each with figures in and out, and a manifest that closes."""
