"""The folders of one embedded server."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from optimizer.engines.providers.account import Account, private_folder
from optimizer.engines.providers.home import Home

SOCKET_PATH_BYTES = 100
"""What fits sun_path everywhere: 108 bytes on Linux, 104 on macOS, a closing zero included."""

LONGEST_SOCKET = "mongodb-27017.sock"
"""PostgreSQL's `.s.PGSQL.5432` is shorter."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a server's files are: all of them follow from its claim's id, so that a later run finds them."""

    folder: Path
    sockets: Path

    @classmethod
    def of(cls, home: Home, claim_id: str) -> Layout:
        folder = home.servers / claim_id
        sockets = folder / "sockets"
        if len(os.fsencode(sockets / LONGEST_SOCKET)) > SOCKET_PATH_BYTES:
            sockets = Path(tempfile.gettempdir()) / f"schema-optimizer-{claim_id}"
        return cls(folder, sockets)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def create(self, account: Account | None) -> None:
        """Make the folders: ours on the outside, the account's inside."""
        self.folder.mkdir()
        self.folder.chmod(0o700 if account is None else 0o711)
        private_folder(self.data, account)
        private_folder(self.sockets, account)

    def log_tail(self, lines: int = 15) -> str:
        """The last lines of the server's log, for messages; empty where there is none."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
