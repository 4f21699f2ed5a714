"""Settings of a run: where the data folder is and who we are on the wire. Read once, at the command line."""

from __future__ import annotations

import grp
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from claimloom.errors import PlainError
from claimloom.partners import Partner, Sender, sender_of
from claimloom.rights import OURS_ALONE, Rights

if TYPE_CHECKING:
    from claimloom.sealing import MasterKeys


@dataclass(frozen=True, slots=True)
class Broker:
    """How to reach Kafka, and how our topics are made. Passwords come from files or the environment, never flags."""

    servers: str
    security: str = "PLAINTEXT"
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    sasl: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    prefix: str = ""
    partitions: int = 4
    replication: int = 1
    min_insync: int = 1
    retention_days: int = 14


@dataclass(frozen=True, slots=True)
class Settings:
    """A data folder and what goes with it. ``as_of`` fixes the business date, so that a run can be repeated; ``batch``
    is how many events a service takes into one transaction. ``claims_per_file`` and ``claims_per_transaction`` (ST) are
    what a partner takes at most, ``charset`` (basic, extended) in which characters, ``ta1_hours`` and ``syntax_hours``
    when its TA1 and 999 should be here (0: none is asked for, none is sent), ``eft_hours`` and ``check_hours`` when the
    money of an 835 should be (0: nobody is told). With ``db`` the ledger is a PostgreSQL
    database, with ``broker`` the services run as workers; ``file_seconds`` is how long the submitter gathers claims for
    a file, ``quiet_seconds`` how long a file must stand still to count as arrived (who puts whole files there needs
    none), ``patience_percent`` how long workers wait for others (``runtime/patience.py``), ``rights`` who may read what
    is written, ``chain_key_file`` where the key of the ledger's chain stands, if not in the data folder. The clinics of
    tenants ``numbered_by_clinic`` number their visits each for itself. More than ``write_off_limit_cents`` nobody
    writes off alone.
    """

    data: Path
    submitter: Sender = field(default_factory=Sender)
    claims_per_file: int = 500
    claims_per_transaction: int = 5000
    charset: str = "basic"
    ta1_hours: int = 0
    syntax_hours: int = 24
    eft_hours: int = 96
    check_hours: int = 240
    batch: int = 500
    as_of: date | None = None
    db: str = field(default="", repr=False)
    broker: Broker | None = None
    master: MasterKeys | None = field(default=None, repr=False)
    file_seconds: float = 2.0
    patience_percent: int = 100
    quiet_seconds: float = 0.0
    numbered_by_clinic: frozenset[str] = frozenset()
    host: str = "127.0.0.1"
    port: int = 9464
    instance: str = ""
    chain_key_file: Path | None = None
    rights: Rights = OURS_ALONE
    write_off_limit_cents: int = 25_000

    def now(self) -> datetime:
        """The present moment in UTC, or noon of the fixed business date. Who needs the day or the time asks here."""
        return datetime.combine(self.as_of, time(12), tzinfo=UTC) if self.as_of else datetime.now(UTC)

    @property
    def partner(self) -> Partner:
        """The one that all tenants share."""
        limits = {"claims_per_file": self.claims_per_file, "claims_per_transaction": self.claims_per_transaction}
        awaited = {"ta1_hours": self.ta1_hours, "syntax_hours": self.syntax_hours}
        money = {"eft_hours": self.eft_hours, "check_hours": self.check_hours}
        return Partner("", self.submitter, charset=self.charset, **limits, **awaited, **money)

    @property
    def chain_key(self) -> Path:
        """The file of the key that the ledger is chained by."""
        return self.chain_key_file or self.data / "chain.key"

    @property
    def database_url(self) -> str:
        """The database given, else an SQLite file inside the data folder."""
        return self.db or f"sqlite:///{self.data / 'claimloom.db'}"


def read_settings(data: Path | None, environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings from the command line's folder, else CLAIMLOOM_DATA, else ./claimloom-data, and CLAIMLOOM_* names."""
    folder = data or Path(environment.get("CLAIMLOOM_DATA", "claimloom-data"))
    return Settings(
        folder,
        claims_per_file=_number(environment, "CLAIMLOOM_CLAIMS_PER_FILE", 500),
        claims_per_transaction=_number(environment, "CLAIMLOOM_CLAIMS_PER_TRANSACTION", 5000),
        charset=_charset(environment),
        ta1_hours=_number(environment, "CLAIMLOOM_TA1_HOURS", 0, least=0),
        syntax_hours=_number(environment, "CLAIMLOOM_999_HOURS", 24, least=0),
        eft_hours=_number(environment, "CLAIMLOOM_EFT_HOURS", 96, least=0),
        check_hours=_number(environment, "CLAIMLOOM_CHECK_HOURS", 240, least=0),
        batch=_number(environment, "CLAIMLOOM_BATCH", 500),
        as_of=_date(environment, "CLAIMLOOM_AS_OF"),
        db=_database(environment),
        broker=_broker(environment),
        master=_master(environment),
        file_seconds=_number(environment, "CLAIMLOOM_FILE_MILLISECONDS", 2000) / 1000,
        patience_percent=_number(environment, "CLAIMLOOM_PATIENCE_PERCENT", 100),
        quiet_seconds=_number(environment, "CLAIMLOOM_QUIET_MILLISECONDS", 2000) / 1000,
        numbered_by_clinic=_names(environment, "CLAIMLOOM_NUMBERED_BY_CLINIC"),
        host=environment.get("CLAIMLOOM_HOST", "127.0.0.1"),
        port=_number(environment, "CLAIMLOOM_PORT", 9464),
        instance=environment.get("CLAIMLOOM_INSTANCE", ""),
        chain_key_file=_path(environment, "CLAIMLOOM_CHAIN_KEY_FILE"),
        rights=_rights(environment),
        write_off_limit_cents=_number(environment, "CLAIMLOOM_WRITE_OFF_LIMIT", 250) * 100,
        submitter=sender_of(environment),
    )


def _database(environment: Mapping[str, str]) -> str:
    """CLAIMLOOM_DB, with the password of CLAIMLOOM_DB_PASSWORD_FILE put in."""
    url = environment.get("CLAIMLOOM_DB", "")
    password = _secret(environment, "CLAIMLOOM_DB_PASSWORD")
    if url and password:
        scheme, _, rest = url.partition("://")
        user, at, place = rest.rpartition("@")
        if not at:
            raise PlainError("CLAIMLOOM_DB names no user that the password could be for; postgresql://USER@HOST/NAME")
        url = f"{scheme}://{user.partition(':')[0]}:{quote(password, safe='')}@{place}"
    return url


def _broker(environment: Mapping[str, str]) -> Broker | None:
    servers = environment.get("CLAIMLOOM_KAFKA", "")
    if not servers:
        return None
    security = environment.get("CLAIMLOOM_KAFKA_SECURITY", "PLAINTEXT")
    if security not in ("PLAINTEXT", "SSL", "SASL_SSL", "SASL_PLAINTEXT"):
        raise PlainError(f"CLAIMLOOM_KAFKA_SECURITY is {security!r}; PLAINTEXT, SSL, SASL_SSL or SASL_PLAINTEXT")
    sasl = environment.get("CLAIMLOOM_KAFKA_SASL", "SCRAM-SHA-512" if security.startswith("SASL") else "")
    if sasl not in ("", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"):
        raise PlainError(f"CLAIMLOOM_KAFKA_SASL is {sasl!r}; PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512")
    return Broker(
        servers,
        security=security,
        ca=_path(environment, "CLAIMLOOM_KAFKA_CA"),
        certificate=_path(environment, "CLAIMLOOM_KAFKA_CERT"),
        key=_path(environment, "CLAIMLOOM_KAFKA_KEY"),
        sasl=sasl,
        user=environment.get("CLAIMLOOM_KAFKA_USER", ""),
        password=_secret(environment, "CLAIMLOOM_KAFKA_PASSWORD"),
        prefix=environment.get("CLAIMLOOM_TOPIC_PREFIX", ""),
        partitions=_number(environment, "CLAIMLOOM_PARTITIONS", 4),
        replication=_number(environment, "CLAIMLOOM_REPLICATION", 1),
        min_insync=_number(environment, "CLAIMLOOM_MIN_INSYNC", 1),
        retention_days=_number(environment, "CLAIMLOOM_RETENTION_DAYS", 14),
    )


def _master(environment: Mapping[str, str]) -> MasterKeys | None:
    if not environment.keys() & {"CLAIMLOOM_MASTER_KEY", "CLAIMLOOM_MASTER_KEY_FILE"}:
        return None
    from claimloom.sealing import read_master_keys  # noqa: PLC0415 - cryptography is imported where there is a key

    return read_master_keys(environment)


def _rights(environment: Mapping[str, str]) -> Rights:
    name = environment.get("CLAIMLOOM_FILES_GROUP", "")
    if not name:
        return OURS_ALONE
    try:
        is_number = name.isascii() and name.isdigit()
        return Rights((grp.getgrgid(int(name)) if is_number else grp.getgrnam(name)).gr_gid)
    except KeyError:
        raise PlainError(f"CLAIMLOOM_FILES_GROUP is {name!r}; a group of this machine is expected") from None


def _path(environment: Mapping[str, str], name: str) -> Path | None:
    return Path(environment[name]) if environment.get(name) else None


def _secret(environment: Mapping[str, str], name: str) -> str:
    """The value of NAME, or the content of the file that NAME_FILE names."""
    where = environment.get(f"{name}_FILE")
    if not where:
        return environment.get(name, "")
    try:
        return Path(where).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise PlainError(f"{name}_FILE: {where} cannot be read: {error.strerror}") from None
    except ValueError:
        raise PlainError(f"{name}_FILE: {where} cannot be read as text") from None


def _charset(environment: Mapping[str, str]) -> str:
    text = environment.get("CLAIMLOOM_CHARSET", "basic")
    if text not in ("basic", "extended"):
        raise PlainError(f"CLAIMLOOM_CHARSET is {text!r}; basic (upper case) or extended is expected")
    return text


def _names(environment: Mapping[str, str], name: str) -> frozenset[str]:
    """Names with commas between them."""
    return frozenset(filter(None, map(str.strip, environment.get(name, "").split(","))))


def _number(environment: Mapping[str, str], name: str, default: int, least: int = 1) -> int:
    text = environment.get(name, str(default))
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise PlainError(f"{name} is {text!r}; a whole number {'above 0' if least else 'or 0'} is expected")
    return int(text)


def _date(environment: Mapping[str, str], name: str) -> date | None:
    text = environment.get(name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise PlainError(f"{name} is {text!r}; a date as 2026-11-20 is expected") from None
