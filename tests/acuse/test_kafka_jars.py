import shutil
from pathlib import Path

import pytest

from acuse.local import kafka_jars
from acuse.local.kafka_jars import JarsUnavailable, ensure_jars, jars_directory, pinned_jars

JARS = {jar.filename: jar for jar in pinned_jars()}


def test_the_pins_name_kafka_and_what_it_needs() -> None:
    assert "kafka_2.13-4.3.1.jar" in JARS
    assert len(JARS) == 46
    assert all(len(jar.sha256) == 64 for jar in JARS.values())


@pytest.fixture
def _filled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A cache of the test's own with every jar in it, and no network."""
    ensure_jars()
    here = jars_directory()
    monkeypatch.setenv("ACUSE_CACHE", str(tmp_path))
    jars_directory().mkdir(parents=True)
    for name in JARS:
        (jars_directory() / name).symlink_to(here / name)
    monkeypatch.setattr(kafka_jars.PythonResolver, "download", _no_network)
    monkeypatch.setattr(kafka_jars, "TRY_AGAIN_SECONDS", (0.0, 0.0))


def _no_network(_resolver: object, artifact: object) -> None:
    raise RuntimeError(f"no network for {artifact}")


@pytest.mark.usefixtures("_filled")
def test_a_full_cache_needs_no_network() -> None:
    told: list[tuple[int, int]] = []
    assert len(ensure_jars(lambda done, total: told.append((done, total)))) == 46
    assert told == [(46, 46)]


@pytest.mark.usefixtures("_filled")
def test_a_jar_with_other_bytes_is_fetched_anew_or_refused() -> None:
    tampered = jars_directory() / "kafka_2.13-4.3.1.jar"
    original = tampered.resolve()
    tampered.unlink()
    shutil.copyfile(original, tampered)
    with tampered.open("ab") as file:
        file.write(b"x")
    with pytest.raises(JarsUnavailable, match=r"could not fetch kafka_2.13-4.3.1.jar .* check the network"):
        ensure_jars()


@pytest.mark.usefixtures("_filled")
def test_a_download_with_other_bytes_is_never_used(monkeypatch: pytest.MonkeyPatch) -> None:
    (jars_directory() / "kafka_2.13-4.3.1.jar").unlink()

    def other_bytes(_resolver: object, artifact: kafka_jars.MavenContext) -> Path:
        path: Path = artifact.cached_path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"not a jar")
        return path

    monkeypatch.setattr(kafka_jars.PythonResolver, "download", other_bytes)
    with pytest.raises(JarsUnavailable, match="is pinned"):
        ensure_jars()
    assert not (jars_directory() / "kafka_2.13-4.3.1.jar").exists()
