"""The folders of a data folder: files arrive in ``inbound/``, are moved aside to be read, and end where they belong.

A file has arrived when its size and time stood still for the quiet time. It is moved out of ``inbound/`` before it is
read, so that nobody writes over what is being read; a process that dies leaves it where the next one finds it. What was
read goes to ``archive/``, what could not be read, wholly or in part, to ``rejected/`` with a reason beside it. No file
is ever written over another: where its name is taken it gets a number.
"""

from __future__ import annotations

import os
import shutil
import time
from collections import OrderedDict
from collections.abc import Sequence
from functools import partial
from itertools import count
from pathlib import Path
from typing import Final
from uuid import uuid4

import structlog

from claimloom.aside import Aside, files_in
from claimloom.errors import PlainError
from claimloom.namesakes import NAME_BYTES, Namesakes, digest_of, given_name, numbered, reserve, settle, take_place
from claimloom.rights import OURS_ALONE, Rights, make_file, make_folder, take_over

log = structlog.get_logger(__name__)
FOLDERS: Final = ("inbound", "outbound", "archive", "rejected")
ASIDE: Final = ".reading"
# Names that transports give a file until all of it is there: WinSCP, rclone and lftp, Spring, browsers, servers.
HALF: Final = (
    *(".tmp", ".temp", ".part", ".partial", ".filepart", ".writing"),
    *(".crdownload", ".download", ".incomplete", ".inprogress", ".upload", ".uploading"),
)
REASON: Final = ".reason.txt"
# Of so many names a folder remembers what stands under them and their numbers.
NAMES: Final = 1000


class Folder:
    """The files of a data folder. ``quiet_seconds`` is how long a file must stand still to count as arrived."""

    def __init__(self, data: Path, quiet_seconds: float, rights: Rights = OURS_ALONE) -> None:
        self.data = data
        self.rights = rights
        self.quiet_seconds = quiet_seconds
        self.inbound = data / "inbound"
        self.outbound = data / "outbound"
        self.aside = Aside(data / ASIDE)
        self._seen: dict[Path, tuple[tuple[int, int], float]] = {}
        self._left: dict[Path, str] = {}
        self._early: dict[Path, str] = {}
        self._namesakes: OrderedDict[tuple[str, str], Namesakes] = OrderedDict()
        rights.make_data(data)
        for shared in (self.inbound, self.outbound):
            rights.make_shared(shared)
        for name in FOLDERS:
            make_folder(data / name)

    def bring(self, path: Path, tenant: str = "") -> Path:
        """A copy of a file, whole at once, for a tenant where one is named; gives its place in ``inbound/``."""
        if not path.is_file():
            raise PlainError(f"{path}: no such file")
        if tenant and (tenant.startswith(".") or "/" in tenant or "\\" in tenant or not tenant.isprintable()):
            raise PlainError(f"tenant {tenant!r} cannot be the name of a folder")
        folder = self.inbound / tenant if tenant else self.inbound
        self.rights.make_shared(folder)
        half = folder / f".{uuid4().hex}.part"
        try:
            make_file(half)
            shutil.copyfile(path, half)
            self.rights.share(half)
            target = given_name(folder, readable(path.name), partial(take_place, half))
            if half.stat().st_nlink == 1:  # the place was taken without a link
                half.replace(target)
        finally:
            half.unlink(missing_ok=True)
        # It was copied whole: nothing more comes.
        self._seen[target] = (_stand(target), -self.quiet_seconds)
        return target

    def close(self) -> None:
        """Let go of what marks this process as a reader."""
        self.aside.close()

    def arrived(self) -> list[Path]:
        """Those that stand still and that can be read: the others would stop them. Of those each is told once."""
        self._bring_back()
        waiting, left = _look(self.inbound)
        for path, why in left.items():
            if path not in self._left:
                log.error("file left where it is", file=readable(path.name), reason=why)
        self._left = left
        known, self._seen = self._seen, {}
        found = []
        for path in waiting:
            if path in self._early:
                continue
            try:
                if self._stands_still(path, known.get(path)):
                    found.append(path)
            except FileNotFoundError:
                continue  # another process took it
        return found

    def _stands_still(self, path: Path, known: tuple[tuple[int, int], float] | None) -> bool:
        now, stand = time.monotonic(), _stand(path)
        if known is None or known[0] != stand:
            # What was last written to a while ago need not be watched: nothing came to it in that time.
            age = self.aside.now() - stand[1] / 1e9
            known = (stand, now - self.quiet_seconds if age >= self.quiet_seconds else now)
        self._seen[path] = known
        return now - known[1] >= self.quiet_seconds

    def coming(self) -> list[Path]:
        """Files that do not stand still yet; those that cannot be read are not among them."""
        return [path for path in waiting_in(self.inbound) if path not in self._left and path not in self._early]

    def left(self) -> dict[Path, str]:
        """What lies in inbound and was not taken when it was last looked at, and why a person has to see to it."""
        return self._left | {path: why for path, why in self._early.items() if path.exists()}

    def tenant_of(self, path: Path) -> str:
        """The tenant's folder below inbound that a file lies in, or was taken from; empty if in none."""
        own = self.aside.path
        parts = path.relative_to(own if path.is_relative_to(own) else self.inbound).parts
        return parts[0] if len(parts) > 1 else ""

    def take(self, path: Path) -> Path | None:
        """Move a file aside, to be read; None where it may not be moved, FileNotFoundError if another process was
        faster.
        """
        self.aside.hold()
        target = self.aside.path / path.parent.relative_to(self.inbound) / readable(path.name)
        make_folder(target.parent)
        try:
            path.rename(target)
        except PermissionError:
            self._left[path] = "no permission to move it"
            log.error("file left where it is", file=readable(path.name), reason=self._left[path])
            return None
        return target

    def put_back(self, path: Path) -> Path | None:
        """A file that could not be read for no fault of its own waits again; None if another process has it now."""
        return _give_back(path, self.aside.path, self.inbound)

    def put_off(self, path: Path, why: str) -> None:
        """A file that comes too early waits, and is passed over until ``resume``."""
        if target := self.put_back(path):
            self._early[target] = why
            log.warning("file waits", file=readable(path.name), reason=why)

    def resume(self) -> None:
        """What came too early is looked at again."""
        self._early.clear()

    @property
    def is_early(self) -> bool:
        """Whether something waits that came too early."""
        return bool(self._early)

    def _bring_back(self) -> None:
        """What a process that is gone was reading comes into inbound again."""
        for folder in self.aside.left_by_others():
            for path in files_in(folder):
                _give_back(path, folder, self.inbound)
            shutil.rmtree(folder, ignore_errors=True)

    def put_away(self, path: Path, sha256: str, problems: Sequence[str], told: str = "") -> None:
        """Into archive, or with the reasons into rejected. What stands there is what was read: what came to it since,
        by a writer that had it open, is a reason.
        """
        said = list(problems)
        take_over(path)
        digest = digest_of(path)
        if sha256 and digest != sha256:
            said.append("more came while it was read, and was not read; put the whole file into inbound/ again")
        if said:
            said += [told] if told else []
            said.append("Mend the file and put it into inbound/ again; what was read is known and not doubled.")
            why = "\n".join(said) + "\n"
            target = self._place(path, digest, "rejected", why)
            reason = target.with_name(target.name + REASON)
            if not reason.exists():
                make_file(reason)
            reason.write_text(why, encoding="utf-8")
        else:
            target = self._place(path, digest, "archive")
        settle(path, target)
        _tidy(path.parent, self.aside.path)

    def _place(self, path: Path, digest: str, folder: str, why: str = "") -> Path:
        """Where a file ends. Where the same is there already it is that place, unless another reason stands beside it:
        that one is kept too.
        """
        beside = REASON if why else ""

        def fits(place: Path) -> bool:
            reason = place.with_name(place.name + beside)
            if not beside or not place.exists():
                return not beside or not reason.is_dir()
            return not reason.exists() or (reason.is_file() and reason.read_text(encoding="utf-8") == why)

        return self._known(folder, path.name, NAME_BYTES - len(beside)).put(path, path.stat().st_size, digest, fits)

    def kept(self, name: str, sha256: str) -> Path | None:
        """The file of that name and digest that was read and put away; None if it is there no more."""
        for folder, beside in (("archive", ""), ("rejected", REASON)):
            for number in count(1):
                path = numbered(self.data / folder, name, number, NAME_BYTES - len(beside))
                if not os.path.lexists(path):
                    break
                if path.is_file() and digest_of(path) == sha256:
                    return path
        return None

    def _known(self, folder: str, name: str, room: int) -> Namesakes:
        """Of the names that came last what stands under them is remembered."""
        known = self._namesakes.pop((folder, name), None) or Namesakes(self.data / folder, name, room)
        self._namesakes[folder, name] = known
        while len(self._namesakes) > NAMES:
            self._namesakes.popitem(last=False)
        return known


def readable(name: str) -> str:
    """A file's name as it may stand in events, logs and reasons: without control characters, and text at all."""
    return "".join(each if each.isprintable() else "_" for each in name)


def waiting_in(inbound: Path) -> list[Path]:
    """What waits, in the order of names, also what cannot be taken; what is hidden or half written does not count."""
    waiting, left = _look(inbound)
    return sorted([*waiting, *left])


def _look(inbound: Path) -> tuple[list[Path], dict[Path, str]]:
    """Files that wait, and what lies there and cannot be taken, with the reason. What is hidden or half written, and
    what lies in a folder that is, is somebody's who is not ready yet.
    """
    waiting: list[Path] = []
    left: dict[Path, str] = {}

    def shut(error: OSError) -> None:
        if isinstance(error, PermissionError):
            left[Path(error.filename)] = "no permission"

    for folder, folders, names in os.walk(inbound, onerror=shut):
        odd = [name for name in folders if not name.isprintable()]
        left |= dict.fromkeys((Path(folder, name) for name in odd), "cannot be the name of a tenant's folder")
        folders[:] = [name for name in folders if not _is_unready(name) and name not in odd]
        linked = [name for name in folders if Path(folder, name).is_symlink()]
        for path in [Path(folder, name) for name in [*names, *linked] if not _is_unready(name)]:
            if path.is_symlink():
                left[path] = "is a link; put the file itself there"
            elif not path.is_file():
                if path.exists():
                    left[path] = "is no file"
            elif not os.access(path, os.R_OK):
                left[path] = "no permission"
            else:
                waiting.append(path)
    return sorted(waiting), dict(sorted(left.items()))


def _is_unready(name: str) -> bool:
    return name.startswith(".") or name.casefold().endswith(HALF)


def _give_back(path: Path, folder: Path, inbound: Path) -> Path | None:
    target = inbound / path.relative_to(folder)
    target.parent.mkdir(parents=True, exist_ok=True)
    free = given_name(target.parent, target.name, reserve)
    try:
        path.replace(free)
    except FileNotFoundError:
        free.unlink(missing_ok=True)
        return None  # another process was faster
    _tidy(path.parent, folder)
    return free


def _tidy(folder: Path, end: Path) -> None:
    """Remove folders that are empty now, up to one."""
    while folder not in (end, end.parent) and folder.is_relative_to(end):
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def _stand(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns
