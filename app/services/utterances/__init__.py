"""What operators decide about utterances."""
