"""What commands are made of: options that they share, progress, text, and how errors end them."""
