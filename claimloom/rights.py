"""Who may read what we write: folders 700, files 600, whatever the umask says.

``inbound/`` and ``outbound/`` may have a group, of those who move files (CLAIMLOOM_FILES_GROUP): folders 2770, files
660, and the data folder above them can be passed through (710). What is there already is only looked at;
``doctor --fix`` makes it so. The command line sets its umask beside this, for what libraries and other programs write.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from claimloom.errors import PlainError

FOLDER: Final = 0o700
FILE: Final = 0o600
SHARED_FOLDER: Final = 0o2770
SHARED_FILE: Final = 0o660
PASSED_THROUGH: Final = 0o710
SHARED: Final = ("inbound", "outbound")
PRIVATE: Final = ("archive", "rejected", ".reading", ".outbound", "sandbox")
LEDGER: Final = ("claimloom.db*", "chain.key", "heads.json")


class Wide(NamedTuple):
    """What has other rights than it should have."""

    path: Path
    mode: int
    group: int | None


@dataclass(frozen=True, slots=True)
class Rights:
    """Of one data folder; ``group`` is the id of those who move files, if there are such."""

    group: int | None = None

    def make_data(self, folder: Path) -> None:
        """The data folder, if it is not there."""
        if make_folder(folder) and self.group is not None:
            _give(folder, PASSED_THROUGH, self.group)

    def make_shared(self, folder: Path) -> None:
        """A folder of ``inbound/`` or ``outbound/``, if it is not there."""
        if make_folder(folder) and self.group is not None:
            _give(folder, SHARED_FOLDER, self.group)

    def share(self, file: Path) -> None:
        """A file of ours that comes into such a folder."""
        if self.group is not None:
            _give(file, SHARED_FILE, self.group)

    def wide(self, data: Path) -> Iterator[Wide]:
        """Whatever of a data folder more may read or write than should, or those who move files cannot. What waits in
        ``inbound/`` is its sender's until it is read.
        """
        group = self.group
        if data.is_dir():
            yield from _differs(data, FOLDER if group is None else PASSED_THROUGH, group)
        for path in sorted(path for name in LEDGER for path in data.glob(name)):
            yield from _differs(path, FILE, None)
        for name in SHARED:
            folder = data / name
            if folder.is_dir():
                yield from _differs(folder, FOLDER if group is None else SHARED_FOLDER, group)
        for path in _below(data / "outbound"):
            yield from _differs(path, FILE if group is None else SHARED_FILE, group)
        for name in PRIVATE:
            for path in _below(data / name, itself=True):
                yield from _differs(path, FOLDER if path.is_dir() else FILE, None)


OURS_ALONE: Final = Rights()


def make_folder(folder: Path) -> bool:
    """Make a folder for us alone, with those above it; False if it is there."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        folder.mkdir(FOLDER)
    except FileExistsError:
        if folder.is_dir():
            return False
        raise
    return True


def make_file(file: Path) -> None:
    """Make an empty file for us alone; FileExistsError if something is there."""
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE))


def take_over(file: Path) -> None:
    """Of a file that came from somebody: nobody else reads it from now on. Another user's is copied, since the rights
    of a file are its owner's.
    """
    if file.stat().st_uid == os.geteuid():
        with suppress(PermissionError):  # a filesystem that knows no rights, a share of another system's
            file.chmod(FILE)
        return
    copy = file.with_name(f".{file.name[:200]}.own")
    copy.unlink(missing_ok=True)
    make_file(copy)
    shutil.copyfile(file, copy)
    shutil.copystat(file, copy)
    copy.chmod(FILE)
    copy.replace(file)


def tighten(found: Wide) -> None:
    """Give what was found the rights that it should have; PlainError where it is not ours."""
    try:
        _give(found.path, found.mode, found.group)
    except PermissionError:
        raise PlainError(f"{found.path}: belongs to another user, who alone can say who may read it") from None


def own_again(path: Path) -> bool:
    """Give its owner the right to read and write it again, if that is who asks; whether it is so now."""
    found = path.stat()
    if found.st_uid != os.geteuid():
        return False
    path.chmod(found.st_mode & 0o7777 | (0o700 if path.is_dir() else 0o600))
    return True


def _give(path: Path, mode: int, group: int | None) -> None:
    if group is not None and path.stat().st_gid != group:
        try:
            os.chown(path, -1, group)
        except PermissionError:
            raise PlainError(
                f"{path}: cannot be given to the group of CLAIMLOOM_FILES_GROUP; be a member of it"
            ) from None
    path.chmod(mode)


def _differs(path: Path, mode: int, group: int | None) -> Iterator[Wide]:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    wanted = 0 if group is None else mode & 0o2070  # those who move files need it
    has = stat.S_IMODE(found.st_mode)
    if has & 0o077 & ~mode or has & wanted != wanted or (group is not None and found.st_gid != group):
        yield Wide(path, mode, group)


def _below(folder: Path, *, itself: bool = False) -> Iterator[Path]:
    """What lies in a folder and the folders in it; links are left alone."""
    if not folder.is_dir():
        return
    if itself:
        yield folder
    for above, folders, files in os.walk(folder):
        for name in sorted([*folders, *files]):
            path = Path(above, name)
            if not path.is_symlink():
                yield path
