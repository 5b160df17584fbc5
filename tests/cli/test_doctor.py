"""figmill doctor."""

import json

from figmill import doctor
from figmill.doctor import Finding


def test_all_is_well_here(figmill, tmp_path) -> None:
    result = figmill("doctor", tmp_path / "new")
    assert result.exit_code == 0, result.output
    for what in ("Python", "SQLite", "fonts", "machine", "disk", "file system", "writing"):
        assert f"ok    {what}" in result.stdout or f"ok  {what}" in result.stdout, result.stdout
    assert not (tmp_path / "new").exists()


def test_json(figmill) -> None:
    lines = [json.loads(line) for line in figmill("doctor", "--json").stdout.splitlines()]
    assert {"verdict", "what", "found", "remedy"} == set(lines[0])


def test_one_wrong_thing_ends_with_1(figmill, monkeypatch) -> None:
    findings = [Finding("ok", "x", "fine"), Finding("wrong", "y", "bad", "Mend it.")]
    monkeypatch.setattr(doctor, "check", lambda out: iter(findings))
    result = figmill("doctor")
    assert result.exit_code == 1
    assert "WRONG  y" in result.stdout
    assert "bad. Mend it." in result.stdout


def test_a_note_is_not_wrong(figmill, monkeypatch) -> None:
    findings = [Finding("note", "extra chip", "missing: scipy", "pip install 'figmill[chip]'")]
    monkeypatch.setattr(doctor, "check", lambda out: iter(findings))
    assert figmill("doctor").exit_code == 0
