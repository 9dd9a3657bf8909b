#!/usr/bin/env python3
"""Does what a page of the manual says, command by command, and compares what it shows.

    pages_test.py PROGRAM SOURCE SCRATCH PAGE...
    pages_test.py --self-test

The sh blocks of the pages run in order, in one shell, which starts in the source folder with an
empty home. A text block behind one is its output, standard error included. In it "…" stands for
anything: within a line, or as a line of its own for any lines. A command that fails ends the test.
Ports are replaced by free ones.

SOURCE is the source folder; PROGRAM stands in for its build/release/goodstanding. SCRATCH may be
emptied; what each block printed stays there.
"""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
from typing import NamedTuple

PORTS = ('7443', '7444', '9464')  # Those that the pages use.
_FENCE = re.compile(r'^```(\w*)[^\n]*\n(.*?)^```$', re.DOTALL | re.MULTILINE)


class Block(NamedTuple):
    page: str
    line: int
    commands: str
    output: str | None  # None: not shown.


def blocks_of(page, text):
    blocks = []
    for match in _FENCE.finditer(text):
        kind, content = match[1], match[2]
        line = text.count('\n', 0, match.start()) + 2
        if kind == 'sh':
            blocks.append(Block(page, line, content, None))
        elif kind == 'text':
            if not blocks or blocks[-1].output is not None:
                sys.exit(f'{page}:{line}: output of no command')
            blocks[-1] = blocks[-1]._replace(output=content)
    return blocks


def matches(shown, printed):
    """Whether the output is as the page shows it."""
    pattern = ''
    for line in shown.rstrip('\n').split('\n'):
        if line.strip() == '…':
            pattern += r'(?:[^\n]*\n)*'
        else:
            pattern += '[^\n]*'.join(map(re.escape, line.rstrip().split('…'))) + r'[ ]*\n'
    return re.fullmatch(pattern, printed.rstrip('\n') + '\n') is not None


class Shell:
    """One bash for all blocks, as a reader has one terminal."""

    def __init__(self, scratch, source, environment):
        self.scratch, self.blocks = scratch, 0
        # Whatever a page leaves running ends with the shell's session.
        self.process = subprocess.Popen(
            ['bash', '--noprofile', '--norc'], cwd=source, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True)

    def run(self, commands):
        """(whether all went well, what was printed)"""
        self.blocks += 1
        file = self.scratch / f'block-{self.blocks}.sh'
        file.write_text(f'set -e\n{commands}\nset +e\n', encoding='utf-8')
        self.process.stdin.write(f'. {file} </dev/null; echo; echo "END OF BLOCK"\n')
        self.process.stdin.flush()
        lines = []
        for line in self.process.stdout:
            if line == 'END OF BLOCK\n':
                return True, ''.join(lines)[:-1]
            lines.append(line)
        return False, ''.join(lines)

    def close(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()


def source_folder(source, program, folder):
    """A source folder like ours, whose build/release is where the program under test is."""
    folder.mkdir()
    for name in ('deploy', 'examples', 'proto', 'tests'):
        (folder / name).symlink_to(source / name)
    (folder / 'build').mkdir()
    (folder / 'build' / 'release').symlink_to(program.parent)
    return folder


def free_ports():
    """A free port for each port of the pages."""
    listeners = [socket.create_server(('127.0.0.1', 0)) for _ in PORTS]
    ports = {port: str(listener.getsockname()[1]) for port, listener in zip(PORTS, listeners)}
    for listener in listeners:
        listener.close()
    return ports


def replaced(text, words):
    for old, new in words.items():
        text = re.sub(rf'\b{old}\b', new, text)
    return text


def run_pages(program, source, scratch, pages):
    shutil.rmtree(scratch, ignore_errors=True)
    (scratch / 'home').mkdir(parents=True)
    ports = free_ports()
    environment = {**os.environ, 'HOME': str(scratch / 'home'),
                   'GOODSTANDING_SERVER': f'127.0.0.1:{ports["7443"]}'}
    shell = Shell(scratch, source_folder(source, program, scratch / 'source'), environment)
    try:
        for page in pages:
            text = pathlib.Path(page).read_text(encoding='utf-8')
            for block in blocks_of(page, text):
                well, printed = shell.run(replaced(block.commands, ports))
                printed = replaced(printed, {new: old for old, new in ports.items()})
                (scratch / f'block-{shell.blocks}.out').write_text(printed, encoding='utf-8')
                if not well:
                    sys.exit(f'{page}:{block.line}: a command fails:\n{block.commands}\n{printed}')
                if block.output is not None and not matches(block.output, printed):
                    sys.exit(f'{page}:{block.line}: shown:\n{block.output}\nprinted:\n{printed}')
                print(f'ok: {page}:{block.line}')
    finally:
        shell.close()
    print(f'{shell.blocks} blocks run')
    if shell.blocks == 0:
        sys.exit('no command in these pages')


def self_test():
    cases = (
        ('a\n', 'a\n', True),
        ('a\n', 'b\n', False),
        ('a\n', 'a\nb\n', False),
        ('a … c\n', 'a b c\n', True),
        ('a … c\n', 'a b d\n', False),
        ('a … c\n', 'a b\nc\n', False),
        ('a\n…\nz\n', 'a\nz\n', True),
        ('a\n…\nz\n', 'a\nb\nc\nz\n', True),
        ('a\n…\nz\n', 'b\nz\n', False),
        ('a\n', 'a  \n\n', True),
        ('(a.b)\n', '(axb)\n', False),
    )
    for shown, printed, expected in cases:
        if matches(shown, printed) != expected:
            sys.exit(f'NOT SO: {shown!r} matches {printed!r}: {expected}')
    blocks = blocks_of('p', 'x\n```sh\nls\n```\ny\n```text\nz\n```\n```csv\n1\n```\n```sh\npwd\n```\n')
    if [(b.line, b.commands, b.output) for b in blocks] != [(3, 'ls\n', 'z\n'), (13, 'pwd\n', None)]:
        sys.exit(f'NOT SO: {blocks}')
    shell = Shell(pathlib.Path(os.environ.get('TMPDIR', '/tmp')), '/', dict(os.environ))
    if shell.run('X=1\ncat <<E\na\nE') != (True, 'a\n') or shell.run('echo $X') != (True, '1\n'):
        sys.exit('NOT SO: a shell keeps what was set')
    if shell.run('echo a\nfalse\necho b') != (False, 'a\n'):
        sys.exit('NOT SO: a command that fails ends it')
    shell.close()
    print(f'{len(cases)} cases')


def main():
    if sys.argv[1:] == ['--self-test']:
        self_test()
        return
    program, source, scratch, *pages = sys.argv[1:]
    run_pages(pathlib.Path(program).resolve(), pathlib.Path(source).resolve(),
              pathlib.Path(scratch).resolve(), pages)


if __name__ == '__main__':
    main()
