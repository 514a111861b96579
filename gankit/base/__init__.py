"""What every room stands on, and none of it knows a GAN: errors, files, configuration, chance, text."""
