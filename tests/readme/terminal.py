"""An interactive shell on a pseudo terminal."""

import os
import pty
import re
import select
import signal
import subprocess
import time

SHELLS = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
}

# What a terminal sends around pasted text, so that the shell runs it as a whole.
PASTE = ("\x1b[200~", "\x1b[201~")
CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[=>]|\x1b\][^\x07]*\x07|[\x00-\x08\x0b-\x1f]")


class Terminal:
    """A shell with nobody's settings, in the working directory."""

    def __init__(self, shell):
        self.master, slave = pty.openpty()
        environment = dict(os.environ, TERM="xterm", PS1="$ ", COLUMNS="200", LINES="50")
        self.process = subprocess.Popen(
            SHELLS[shell], stdin=slave, stdout=slave, stderr=slave, env=environment,
            preexec_fn=_own_terminal)
        os.close(slave)
        self.seen = ""
        self._prompts = 0
        if self.status(30) != 0:
            raise RuntimeError(f"{shell} does not start: {self.seen}")

    def paste(self, text):
        """Pastes a text and presses Enter."""
        self.seen = ""
        self._send(PASTE[0] + text + PASTE[1] + "\r")

    def status(self, seconds):
        """The exit status of what runs, once it has ended; none after that many seconds."""
        self._prompts += 1
        self._send(f'echo "[ended $? {self._prompts} $((6 * 7))]"\r')
        found = self.wait(rf"\[ended (\d+) {self._prompts} 42\]", seconds)
        return None if found is None else int(found[1])

    def wait(self, pattern, seconds):
        """What matches in the output since the last paste; none after that many seconds."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = re.search(pattern, self.seen, re.DOTALL)
            if found:
                return found
            ready, _, _ = select.select([self.master], [], [], 0.2)
            if ready:
                self.seen += CONTROL.sub("", os.read(self.master, 1 << 16).decode(errors="replace"))
            elif self.process.poll() is not None:
                return None
        return None

    def interrupt(self):
        """Presses Ctrl-C."""
        self._send("\x03")

    def close(self):
        """Ends the shell and what runs in it."""
        self.interrupt()
        self.status(20)
        os.close(self.master)
        for number in [signal.SIGHUP, signal.SIGKILL]:
            for group in self._groups():
                try:
                    os.killpg(group, number)
                except ProcessLookupError:
                    pass
            try:
                return self.process.wait(10)
            except subprocess.TimeoutExpired:
                pass

    def _groups(self):
        """The process groups of the session, whose leader is the shell."""
        listed = subprocess.run(["ps", "-o", "pgid=", "-s", str(self.process.pid)],
                                capture_output=True, text=True)
        return {int(group) for group in listed.stdout.split()} | {self.process.pid}

    def _send(self, text):
        data = text.encode()
        while data:
            data = data[os.write(self.master, data[:256]):]


def _own_terminal():
    import fcntl
    import termios
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
