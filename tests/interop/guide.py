#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""guide.py PROGRAMS [--write]: docs/guide.md, done from its first line to its last in the lab.

Each console block is typed and its answers are compared with those in the guide: words to the letter, numbers and
times by their place. `--write` puts the answers of this run into the guide, and its pictures, instead.

A comment before a block says what is special: `machine`: not for the lab, checked against the programs' own help;
`wait`: both tunnels have to come up first; `refused`: a line of it fails, and the rest goes on; `loose`: the answers
are not shown in the guide; `picture NAME`: becomes docs/pictures/NAME.svg."""
import re
import shlex
import subprocess
import sys

import form
import tap
from lab import picture, traffic

TOP = form.HERE.parent.parent
GUIDE, PICTURES = TOP / "docs/guide.md", TOP / "docs/pictures"
WRITE = "--write" in sys.argv
if WRITE:
    sys.argv.remove("--write")
BLOCK = re.compile(r"(?:<!-- guide: (?P<how>[a-z]+)(?: (?P<name>[a-z-]+))? -->\n)?```(?P<kind>\w+)\n(?P<text>.*?)```\n", re.S)
PROMPT = re.compile(r"^((?:tunnel\d+|candidate(?:-tunnel\d+)?)?# )(.*)$")
SECRET = "(a line with a secret)"


class Block:
    def __init__(self, found):
        self.kind, self.how, self.name = found["kind"], found["how"] or "", found["name"]
        self.text, self.span = found["text"], found.span("text")

    def lines(self):
        """What is typed: the lines behind a prompt, or all of a shell's."""
        if self.kind == "sh":
            return self.text.splitlines()
        return [found[2] for found in map(PROMPT.match, self.text.splitlines()) if found]


def blocks():
    return [Block(found) for found in BLOCK.finditer(GUIDE.read_text(encoding="utf-8"))]


# ---- comparing ---------------------------------------------------------------------------------------

def plain(text):
    """What has to stay the same of an answer: its words, and where numbers stand."""
    text = re.sub(r"0x[0-9a-f]{8}|\b[0-9a-f]{8,16}\b", "H", text)
    text = re.sub(r"\d+days? \d\d:\d\d:\d\d|\d\d:\d\d:\d\d", "N", text)
    return [re.sub(r" +", " ", re.sub(r"\d+", "N", line)).rstrip() for line in text.splitlines()]


def answers(block, said):
    """What the client said of a block, as it looks at a terminal: secrets as they were typed."""
    typed, out = iter(block.lines()), []
    for line in said.splitlines():
        found = PROMPT.match(line)
        if found:
            line = found[1] + next(typed)
            assert found[2] in (SECRET, line[len(found[1]):]), (found[2], line)
        out.append(re.sub(r"^stdin:\d+: ", "", line))
    tap.equal(list(typed), [], "lines that were not reached")
    return "\n".join(out) + "\n"


# ---- doing -------------------------------------------------------------------------------------------

def client(lab, *words, text_in=None):
    """cgw in a folder of the test's own, as a person would start it; (status, everything it said)."""
    done = subprocess.run(lab.gateway.console.argv(*words), input=text_in, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=120, cwd=lab.folder, check=False)
    return done.returncode, done.stdout


def console(lab, block):
    if block.how == "wait":
        lab.wait_tunnels()
        form.wait_ping(lab)
    status, said = client(lab, "-v", *(["-k"] if block.how == "refused" else []), "-f", "-",
                          text_in="\n".join(block.lines()) + "\n")
    tap.equal(status == 0, block.how != "refused", f"the end of:\n{said}")
    return said if block.how == "loose" else answers(block, said)


def shell(lab, block):
    """Lines that call the client; its name is replaced by this lab's."""
    out, ping = "", traffic.Ping(lab, 100000, interval=0.002)
    for line in block.lines():
        words = shlex.split(line)
        assert words[0] == "cgw", line
        status, said = client(lab, *words[1:])
        tap.equal(status, 0, f"{line}:\n{said}")
        out += f"{line}\n{said}"
    ping.interrupt()
    return out


def test_the_guide_from_its_first_line_to_its_last(lab):
    text, moved = GUIDE.read_text(encoding="utf-8"), 0
    for block in blocks():
        if block.how == "machine":
            continue
        said = (console if block.kind == "console" else shell)(lab, block)
        if WRITE:
            moved += write(block, said, moved)
        elif block.how != "loose" and block.kind == "console":
            tap.equal(plain(said), plain(block.text), f"answers to:\n{block.text}")
        if block.name and not WRITE:  # of what a shell shows, which moves, the first lines
            lines = None if block.kind == "console" else 2
            shown = picture.text_of(PICTURES / f"{block.name}.svg")
            tap.equal(plain(shown)[:lines], plain(picture.text_in(picture.svg(said)))[:lines], "the picture")
    tap.equal(len(text) > 1000, True, "there is a guide")


def write(block, said, moved):
    """Puts what was said into the guide; returns by how much it grew."""
    if block.name:
        PICTURES.mkdir(exist_ok=True)
        (PICTURES / f"{block.name}.svg").write_text(picture.svg(said), encoding="utf-8")
    if block.how == "loose" or block.kind != "console":
        return 0
    text = GUIDE.read_text(encoding="utf-8")
    begin, end = (at + moved for at in block.span)
    GUIDE.write_text(text[:begin] + said + text[end:], encoding="utf-8")
    return len(said) - (end - begin)


def test_what_is_for_a_machine_is_what_programs_and_scripts_know(lab):
    seen = 0
    for line in (line for block in blocks() if block.how == "machine" for line in block.lines()):
        for command in line.split("&&"):
            words = command.split()
            script = TOP / words[0].replace("cgw-bind", "scripts/bind").replace("cgw-huge", "scripts/huge")
            if words[0] in ("systemctl", "journalctl"):
                known = " ".join(path.name for path in (TOP / "share/systemd").iterdir())
                wanted = [w for w in words if w.startswith("cgw")]
            elif script.parent.name == "scripts":
                known = script.read_text(encoding="utf-8")
                wanted = [w for w in words[1:] if re.fullmatch(r"[a-z-]+", w)]
            elif words[0] == "make":
                known = (TOP / "Makefile").read_text(encoding="utf-8")
                wanted = [re.sub("=.*", "", w) for w in words[1:]]
            else:
                known = subprocess.run([lab.gateway.programs / words[0], "--help"], text=True, check=False,
                                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60).stdout
                ours = words.index("--") if "--" in words else 0  # before it stands what is DPDK's
                wanted = [w for w in words[ours + 1:] if w.startswith("-")]
            for word in wanted:
                tap.contains(known, word, command)
            seen += 1
    tap.equal(seen >= 8, True, f"{seen} commands")


def test_every_page_that_the_guide_names_is_there(lab):
    names = re.findall(r"\]\(([\w./-]+)", GUIDE.read_text(encoding="utf-8"))
    tap.equal([name for name in names if not (GUIDE.parent / name).exists()], [], "missing pages and pictures")
    tap.contains((TOP / "README.md").read_text(encoding="utf-8"), "docs/guide.md")


def setup():
    lab = form.Lab(f"guide{form.os.getpid()}", nat=True, programs=sys.argv[1])
    try:
        lab.up()
        lab.gateway.start()
    except BaseException:
        tap.comment(lab.logs())
        lab.down()
        raise
    return lab


if __name__ == "__main__":
    form.main(globals(), setup)
