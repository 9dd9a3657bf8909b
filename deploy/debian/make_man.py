#!/usr/bin/env python3
"""Writes the manual page of the program, gzipped, from what its commands say of themselves.

    make_man.py PROGRAM VERSION OUTPUT.gz
"""

import gzip
import re
import subprocess
import sys

_COMMAND = re.compile(r'^  ([a-z][a-z-]*) {2,}\S', re.MULTILINE)


def help_of(program, *command):
    # With an empty environment: help shows what it says instead of the defaults.
    return subprocess.run([program, *command, '--help'], text=True, capture_output=True, env={},
                          check=True, timeout=60).stdout


def commands_of(program, *group):
    """(command, its help), those of groups too; a group itself has nothing to do."""
    text = help_of(program, *group)
    if 'Subcommands:\n' not in text:
        return [(group, text)]
    listed = text.split('Subcommands:\n')[1].split('\n\n')[0]
    return [found for name in _COMMAND.findall(listed)
            for found in commands_of(program, *group, name)]


def escaped(text):
    """Text as it stands: neither a dash nor a line's first dot is a command of roff."""
    text = text.replace('\\', '\\e').replace('-', '\\-')
    return re.sub(r"^([.'])", r'\\&\1', text, flags=re.MULTILINE)


def page(program, version):
    about = help_of(program).split('\nUsage:')[0].strip()
    yield f'.TH GOODSTANDING 1 "" "goodstanding {version}" "User Commands"'
    yield '.SH NAME\ngoodstanding \\- system of record of a certification board'
    yield '.SH SYNOPSIS\n.B goodstanding\n.I COMMAND\n[\\fIOPTION\\fR...]'
    yield f'.SH DESCRIPTION\n{escaped(about)}'
    yield '.SH COMMANDS'
    for command, text in commands_of(program):
        yield f'.SS {escaped(" ".join(command))}\n.nf\n{escaped(text.strip())}\n.fi'
    yield ('.SH EXIT STATUS\n0 done; 1 refused, or not as expected; 2 wrong use or input; 3 no server '
           'there; 4 a log\ncontradicts itself.')
    yield '.SH FILES\n.I /etc/goodstanding/environment\n.br\n.I /var/lib/goodstanding'


def main():
    program, version, output = sys.argv[1:]
    text = '\n'.join(page(program, version)) + '\n'
    with open(output, 'wb') as file:
        # Without a time and a name in it: the same page is the same file.
        with gzip.GzipFile(filename='', mode='wb', compresslevel=9, fileobj=file, mtime=0) as zipped:
            zipped.write(text.encode())


if __name__ == '__main__':
    main()
