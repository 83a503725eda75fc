"""Records of decided ticks, their codec and their explanation."""
