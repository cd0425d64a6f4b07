"""What is said when a package is not there."""

from __future__ import annotations

import json

import pytest

from tts.metrics.packages import MissingPackage, need


def test_a_package_that_is_there() -> None:
    assert need("json", "anything") is json


def test_one_that_is_not_names_the_metric_and_the_command() -> None:
    with pytest.raises(MissingPackage, match=r"stoi: needs the package no_such_one .*\[eval\]"):
        need("no_such_one", "stoi")
