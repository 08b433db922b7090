"""An IMAP server for one test: just enough of RFC 3501, over real sockets."""

import re
import socketserver
import threading
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Folder:
    """Messages by their UID, with their flags."""

    messages: dict[int, bytes] = field(default_factory=dict)
    flags: dict[int, set[str]] = field(default_factory=dict)

    def add(self, raw: bytes) -> int:
        """A new message; returns its UID."""
        uid = max(self.messages, default=0) + 1
        self.messages[uid], self.flags[uid] = raw, set()
        return uid


@dataclass
class Store:
    """What the server holds, and how it behaves."""

    folders: dict[str, Folder] = field(default_factory=lambda: {"INBOX": Folder(), "Done": Folder()})
    capabilities: str = "IMAP4rev1 MOVE UIDPLUS"
    refuse: set[str] = field(default_factory=set)  # commands that are answered NO
    commands: list[str] = field(default_factory=list)


class Server(socketserver.ThreadingTCPServer):
    """Listens on a free port of this machine."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, store: Store) -> None:
        super().__init__(("127.0.0.1", 0), Talk)
        self.store = store
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        """The IMAP_URL of its inbox."""
        return f"imap://post%40fos.example:w%40chtwoord@127.0.0.1:{self.server_address[1]}/INBOX"

    def stop(self) -> None:
        """Listen no more."""
        self.shutdown()
        self.server_close()
        self.thread.join(5)


class Talk(socketserver.StreamRequestHandler):
    """One conversation."""

    folder: Folder

    def say(self, *lines: bytes) -> None:
        """Write lines."""
        for line in lines:
            self.wfile.write(line + b"\r\n")

    def handle(self) -> None:
        """Answer until the other says goodbye."""
        self.store: Store = self.server.store  # type: ignore[attr-defined]
        self.say(b"* OK ready")
        for line in self.rfile:
            tag, _, rest = line.strip().decode().partition(" ")
            words = rest.split(" ", 2 if rest.upper().startswith("UID") else 1)
            name = " ".join(words[:2]).upper() if words[0].upper() == "UID" else words[0].upper()
            arguments = words[-1]
            self.store.commands.append(f"{name} {arguments}" if name != "LOGIN" else name)
            if name in self.store.refuse:
                self.say(f"{tag} NO refused".encode())
                continue
            answer: Any = getattr(self, name.lower().replace(" ", "_"))
            self.say(f"{tag} {answer(arguments)} (that is all)".encode())
            if name == "LOGOUT":
                return

    def capability(self, _: str) -> str:
        self.say(f"* CAPABILITY {self.store.capabilities}".encode())
        return "OK"

    def login(self, arguments: str) -> str:
        return "OK" if arguments == 'post@fos.example "w@chtwoord"' else "NO who are you"

    def select(self, name: str) -> str:
        found = self.store.folders.get(name.strip('"'))
        if found is None:
            return "NO there is no such folder"
        self.folder = found
        self.say(f"* {len(found.messages)} EXISTS".encode())
        return "OK [READ-WRITE]"

    def uid_search(self, arguments: str) -> str:
        without = {"\\Seen"} if "UNSEEN" in arguments else set()
        without |= {"\\Deleted"} if "UNDELETED" in arguments else set()
        found = [str(uid) for uid in self.folder.messages if not self.folder.flags[uid] & without]
        self.say(" ".join(["* SEARCH", *found]).encode())
        return "OK"

    def uid_fetch(self, arguments: str) -> str:
        uid, _, what = arguments.partition(" ")
        raw = self.folder.messages.get(int(uid))
        if raw is None:
            return "OK"
        if "SIZE" in what:
            self.say(f"* 1 FETCH (UID {uid} RFC822.SIZE {len(raw)})".encode())
            return "OK"
        assert "PEEK" in what
        part = re.search(r"<0\.(\d+)>", what)
        sent = raw[: int(part[1])] if part else raw
        self.wfile.write(f"* 1 FETCH (UID {uid} BODY[] {{{len(sent)}}}\r\n".encode() + sent + b")\r\n")
        return "OK"

    def uid_store(self, arguments: str) -> str:
        uid, _, rest = arguments.partition(" ")
        self.folder.flags[int(uid)] |= set(re.findall(r"\\\w+", rest))
        return "OK"

    def uid_copy(self, arguments: str) -> str:
        uid, _, name = arguments.partition(" ")
        if name.strip('"') not in self.store.folders:
            return "NO [TRYCREATE]"
        self.store.folders[name.strip('"')].add(self.folder.messages[int(uid)])
        return "OK"

    def uid_expunge(self, arguments: str) -> str:
        if "\\Deleted" in self.folder.flags[int(arguments)]:
            del self.folder.messages[int(arguments)], self.folder.flags[int(arguments)]
        return "OK"

    def uid_move(self, arguments: str) -> str:
        answer = self.uid_copy(arguments)
        if answer == "OK":
            self.uid_store(f"{arguments.partition(' ')[0]} +FLAGS (\\Deleted)")
            self.uid_expunge(arguments.partition(" ")[0])
        return answer

    def logout(self, _: str) -> str:
        self.say(b"* BYE")
        return "OK"
