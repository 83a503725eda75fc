"""People who talk in the sandbox's groups, so that the bots have somebody to talk to."""
