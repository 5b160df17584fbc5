"""The durable memory of an output folder, and all that is told of it."""
