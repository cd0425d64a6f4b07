"""Text: normalise it, find its sentences, turn it into tokens. No torch anywhere in here."""
