"""``make images``: the images of deploy/ by digest, as ``docker buildx imagetools inspect`` tells them now.

A tag may be moved to another image, a digest may not. Needs Docker's buildx and the network. What it changes is to be
looked at and committed like any other line.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
FILES: Final = ("deploy/Dockerfile", "docker-compose.yml")
# FROM of a Dockerfile and image: of compose, with the digest that is there already; our own are built here.
IMAGE: Final = re.compile(r"^(FROM |\s+image: )(?!claimloom)([\w./-]+:[\w.-]+)(@sha256:[0-9a-f]{64})?", re.MULTILINE)
DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")


def digest_of(image: str) -> str:
    """Of the index, so of all its platforms; RuntimeError if it cannot be told."""
    command = ["docker", "buildx", "imagetools", "inspect", image, "--format", "{{.Manifest.Digest}}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode or not DIGEST.fullmatch(done.stdout.strip()):
        raise RuntimeError(f"{image}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout.strip()


def pinned(text: str, digests: dict[str, str]) -> str:
    """A file's text with these digests behind their images."""
    return IMAGE.sub(lambda found: f"{found[1]}{found[2]}@{digests[found[2]]}", text)


def images_in(text: str) -> set[str]:
    """Images by their tags."""
    return {found[2] for found in IMAGE.finditer(text)}


def main() -> None:
    """Write the digests into the files."""
    texts = {name: (ROOT / name).read_text(encoding="utf-8") for name in FILES}
    digests = {image: digest_of(image) for image in sorted(set().union(*map(images_in, texts.values())))}
    for name, text in texts.items():
        (ROOT / name).write_text(pinned(text, digests), encoding="utf-8")
    for image, digest in digests.items():
        sys.stdout.write(f"{image}@{digest}\n")


if __name__ == "__main__":
    main()
