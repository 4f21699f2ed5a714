"""Draws docs/demo.svg, the real output of ``claimloom demo``; ``make picture`` when the output changes."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

TARGET = Path(__file__).parents[1] / "docs" / "demo.svg"
WIDTH = 132


def main() -> None:
    """Run the demo in a folder of its own and draw what it prints."""
    claimloom = str(Path(sys.executable).with_name("claimloom"))
    with tempfile.TemporaryDirectory() as folder:
        command = [claimloom, "demo", "--data", "claimloom-demo"]
        environment = {**os.environ, "FORCE_COLOR": "1", "COLUMNS": str(WIDTH)}
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, env=environment)
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    console.print("[bold]$ claimloom demo[/bold]")
    for line in done.stdout.splitlines():
        console.print(Text.from_ansi(line.rstrip()))
    drawn = console.export_svg(title="claimloom demo")
    # The drawing would fetch a font from elsewhere; any monospaced one of the reader's will do.
    drawn = re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL).replace("Fira Code, monospace", "monospace")
    drawn = re.sub(r"<!--.*?-->", "", drawn, flags=re.DOTALL)
    TARGET.write_text(drawn, encoding="utf-8")


if __name__ == "__main__":
    main()
