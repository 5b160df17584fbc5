"""NASA FAST ESA: energy and pitch-angle spectrograms by orbit."""
