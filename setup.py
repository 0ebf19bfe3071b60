"""What pyproject.toml cannot say: a wheel carries clips, results, weights and words, which lie beside the package."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


def shipped() -> list[Path]:
    """The clips with their lists and notices, not the recipes that make them; and what long runs have found."""
    clips = [path for path in Path("data").rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")]
    weights = Path("assets", "checkpoints").rglob("*.safetensors")
    words = [path for path in Path("assets", "whisper").iterdir() if path.is_file()]  # a vocabulary and its licence
    return sorted([*clips, *weights, *words, Path("assets", "results.json")])


class BuildWithClips(build_py):
    """Put them into ``course_utils/_shipped``, where ``course_utils._files`` looks; an editable install has them."""

    def run(self) -> None:
        super().run()
        for path in [] if self.editable_mode else shipped():
            target = Path(self.build_lib, "course_utils", "_shipped", path)
            target.parent.mkdir(parents=True, exist_ok=True)
            self.copy_file(str(path), str(target))


setup(cmdclass={"build_py": BuildWithClips})
