"""`tts doctor`: what this machine has, and what to do about what it lacks."""

from __future__ import annotations

import json
from dataclasses import asdict

import typer

from tts.cli.options import Json


def doctor(as_json: Json = False) -> None:
    """Check the installation. Exit 1 if something needed is missing."""
    from tts.report.doctor import examine

    findings = examine()
    healthy = all(f.ok or not f.needed for f in findings)
    if as_json:
        typer.echo(json.dumps({"healthy": healthy, "findings": [asdict(f) for f in findings]}))
    else:
        for finding in findings:
            mark = "ok" if finding.ok else ("MISSING" if finding.needed else "-")
            typer.echo(f"{mark:8}{finding.name:16}{finding.detail}")
    raise typer.Exit(0 if healthy else 1)
