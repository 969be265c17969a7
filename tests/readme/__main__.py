"""Pastes the command-line blocks of the pages in `answers.py` into bash and zsh, as a terminal does,
and compares what they print with what the pages say. Blocks of all other pages are only parsed."""

import subprocess
import sys
from pathlib import Path

from answers import ANSWERS, GREETING, PAGES
from terminal import SHELLS, Terminal


def blocks(page):
    """The blocks marked `sh` of a page: the number of the first line, and the text."""
    found, lines = [], None
    for number, line in enumerate(Path(page).read_text().splitlines(), start=1):
        mark = line.strip()
        if lines is None and mark == "```sh":
            lines, start = [], number + 1
        elif lines is not None and mark == "```":
            found.append((start, "\n".join(lines)))
            lines = None
        elif lines is not None:
            lines.append(line)
    return found


def unparsed(block):
    """The shells that cannot parse a block. zsh reads it as at its prompt, where it takes no
    comments."""
    for shell, arguments in [("bash", ["-n"]), ("zsh", ["-fn", "+o", "interactive_comments"])]:
        result = subprocess.run([shell, *arguments], input=block, capture_output=True, text=True)
        if result.returncode:
            yield f"{shell} cannot parse it: {result.stderr.strip()}"
    for line in block.splitlines():
        if line.lstrip().startswith("#") or " # " in line:
            yield f"a comment, which zsh does not take at its prompt: {line.strip()}"


def forms():
    """What is wrong with the form of a block on any page."""
    for page in sorted(Path().rglob("*.md")):
        if {"target", ".git", ".aws-sam"} & set(page.parts):
            continue
        for line, block in blocks(page):
            for mistake in unparsed(block):
                yield f"{page}:{line}: {mistake}"


def answers(shell):
    """What is wrong with the answers in that shell."""
    terminal, servers = Terminal(shell), []
    try:
        for page in PAGES:
            for line, block in blocks(page):
                command = block.splitlines()[0]
                print(f"  {shell}, {page}:{line}: {command}", flush=True)
                answer = ANSWERS.get(command)
                if answer is None:
                    yield f"{page}:{line}: tests/readme/answers.py does not know this block"
                elif answer.serves:
                    servers.append(Terminal(shell))
                    yield from wrong(f"{shell}, {page}:{line}", answer, servers[-1], block)
                    if command == "cargo run":
                        yield from greeted(shell, servers[-1], terminal)
                else:
                    yield from wrong(f"{shell}, {page}:{line}", answer, terminal, block)
    finally:
        for each in [terminal, *servers]:
            each.close()


def greeted(shell, server, terminal):
    """What is wrong with the commands that `roster up` prints, pasted into another terminal."""
    shown = server.wait(r"look at them:\s*\n(.*?)\n\s*\n", 10)
    if shown is None:
        yield f"{shell}, the greeting: no commands in\n{server.seen}"
        return
    print(f"  {shell}, the greeting", flush=True)
    yield from wrong(f"{shell}, the greeting", GREETING, terminal, shown[1])


def wrong(place, answer, terminal, block):
    mistake = answer.mistake(terminal, block)
    if mistake:
        yield f"{place}: {mistake}"


def main():
    mistakes = list(forms())
    for shell in sys.argv[1:] or SHELLS:
        mistakes += answers(shell)
    for mistake in mistakes:
        print(f"readme.sh: {mistake}", file=sys.stderr)
    print(f"readme.sh: {len(mistakes)} failed")
    return 1 if mistakes else 0


sys.exit(main())
