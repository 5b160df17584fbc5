"""What people write: YAML files, times and sizes, and what is said of what is wrong in them."""
