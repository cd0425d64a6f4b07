"""Errors that a user can cause: one clear line each, and exit code 1 from the command."""


class TTSError(Exception):
    """What came, what was expected, and what to do about it, in one line."""


class ConfigError(TTSError):
    """A configuration file or override that cannot be used."""


class TextError(TTSError):
    """Text that cannot be spoken."""


class DataError(TTSError):
    """An audio file, data directory or corpus that cannot be used."""


class CheckpointError(TTSError):
    """A checkpoint or voice that cannot be read."""


class ContractError(TTSError):
    """Two parts whose bridges are not the same thing."""
