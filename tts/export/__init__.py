"""Voices for other runtimes than Python with torch."""
