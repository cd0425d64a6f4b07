"""Noise schedules, samplers and the search for schedules: functions that know no network."""
