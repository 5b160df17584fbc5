"""Jobs: a recipe with its options, as a file that people write and as what a run leaves behind."""
