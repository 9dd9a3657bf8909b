#!/usr/bin/env python3
"""Runs the clients of examples/ against a server, over a connection that breaks when it hurts most.

    examples_test.py python|node PROGRAM EXAMPLES SCRATCH

PROGRAM is the goodstanding program, EXAMPLES the folder examples/, SCRATCH one that may be emptied.
Exits 77 where the language is not installed, 1 where something is not as it must be.
"""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading

import grpc

from reflected import Reflected
from renewal import check, running_server

SKIPPED = 77


class Proxy:
    """Passes bytes on between a client and the server; breaks the connections when it is told to."""

    def __init__(self, server):
        self._server = server
        self._lock = threading.Lock()
        self._sockets = []
        self._lose_behind = b''
        self.lost = threading.Event()  # An answer is being lost.
        self.seen = 0  # How often the request of that answer went by.
        self._listener = socket.create_server(('127.0.0.1', 0))
        self.address = f'127.0.0.1:{self._listener.getsockname()[1]}'
        threading.Thread(target=self._accept, daemon=True).start()

    def lose_answer(self, marker):
        """From the first request that holds these bytes on nothing comes back, until cut()."""
        self.seen = 0
        self.lost.clear()
        self._lose_behind = marker

    def cut(self):
        """Breaks all connections that there are."""
        with self._lock:
            sockets, self._sockets = self._sockets, []
        for end in sockets:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _accept(self):
        host, port = self._server.rsplit(':', 1)
        while True:
            client, _ = self._listener.accept()
            server = socket.create_connection((host, int(port)))
            with self._lock:
                self._sockets += [client, server]
            silent = threading.Event()
            threading.Thread(target=self._up, args=(client, server, silent), daemon=True).start()
            threading.Thread(target=self._down, args=(server, client, silent), daemon=True).start()

    def _up(self, client, server, silent):
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                if self._lose_behind and self._lose_behind in data:
                    self.seen += 1
                    if not self.lost.is_set():
                        silent.set()
                        self.lost.set()
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)

    @staticmethod
    def _down(server, client, silent):
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                if not silent.is_set():
                    client.sendall(data)
            client.shutdown(socket.SHUT_WR)


def prepare(language, examples, scratch):
    """(command for an example of that name, environment)."""
    if language == 'python':
        subprocess.run([examples / 'python' / 'make_stubs.sh', scratch], check=True)
        return (lambda name: [sys.executable, '-B', examples / 'python' / f'{name}.py'],
                {**os.environ, 'PYTHONPATH': str(scratch)})
    node = shutil.which('node')
    if not node:
        print('SKIPPED: node is not installed')
        sys.exit(SKIPPED)
    if not (examples / 'node' / 'node_modules').is_dir():
        print('SKIPPED: the packages are missing; run `npm ci` in examples/node')
        sys.exit(SKIPPED)
    return lambda name: [node, examples / 'node' / f'{name}.js'], dict(os.environ)


class Log:
    """The events of the server, over a connection of its own."""

    def __init__(self, channel):
        self._history = Reflected(channel).service('goodstanding.api.v1.HistoryService')

    def lines(self):
        """Of each event its position, stream and kind."""
        records = [event.record for event in self._history.ListEvents(page_size=1000).events]
        return [f'{record.position} {record.stream} {record.kind}' for record in records]

    def wait_for(self, kind):
        """Returns once there is an event of that kind."""
        while not any(line.endswith(f' {kind}') for line in self.lines()):
            pass


def try_renewal(command, environment, proxy, log):
    """The answer to the payment is lost; then the whole program is run once more."""
    proxy.lose_answer(b'invoice-7')
    process = subprocess.Popen([*command('renewal'), proxy.address], env=environment, text=True,
                               stdout=subprocess.PIPE)
    check(proxy.lost.wait(60), 'the request of the payment goes by, its answer is held back')
    log.wait_for('PaymentReceived')
    proxy.cut()
    output, _ = process.communicate(timeout=60)
    print(output)
    check(process.returncode == 0, 'the renewal is done although the connection broke')
    check(proxy.seen >= 2, 'the request was sent again by the retry policy')
    check(bool(re.search(r'RecordPaymentRequest: position \d+, recorded by an earlier call', output))
          and output.count('earlier call') == 1, 'it is answered as recorded by the first call')
    check('refused: FAILED_PRECONDITION ALREADY_RENEWED' in output
          and 'refused: INVALID_ARGUMENT INVALID_AMOUNT amount' in output,
          'refusals are read: code, reason and field')
    check('certified: true, through 2028' in output.replace('True', 'true'), 'it is renewed')
    before = log.lines()
    check(sum('PaymentReceived' in line for line in before) == 1, 'the payment is recorded once')
    again = subprocess.run([*command('renewal'), proxy.address], env=environment, text=True,
                           stdout=subprocess.PIPE, timeout=60, check=True).stdout
    check(again.count('earlier call') == 7 and log.lines() == before,
          'run again, every command is answered as before and nothing is recorded')


def wait_for_line(path, line):
    while not (path.exists() and line in path.read_text(encoding='utf-8').splitlines()):
        pass


def try_follow(command, environment, proxy, log, record, mirror):
    """The mirror's connection breaks, then it is killed, and loses half a line."""
    @contextlib.contextmanager
    def follower():
        process = subprocess.Popen([*command('follow'), proxy.address, mirror], env=environment,
                                   text=True, stdout=subprocess.PIPE)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()

    with follower() as process:
        wait_for_line(mirror, log.lines()[-1])
        proxy.cut()
        record('credit-after-cut')
        wait_for_line(mirror, log.lines()[-1])
        check('broken off: UNAVAILABLE' in process.stdout.readline(),
              'the subscription broke, and went on by itself')
    record('credit-while-dead')
    with mirror.open('r+b') as file:
        file.truncate(mirror.stat().st_size - 5)
    with follower():
        wait_for_line(mirror, log.lines()[-1])
    origin, *lines = mirror.read_text(encoding='utf-8').splitlines()
    check(origin.startswith('goodstanding/'), f'the mirror says of which log it is: {origin}')
    check(lines == log.lines(), f'no gap and no repeat in {len(lines)} events')
    mirror.write_text(f'goodstanding/{"0" * 32}\n5 x y\n', encoding='utf-8')
    process = subprocess.run([*command('follow'), proxy.address, mirror], env=environment, text=True,
                             stdout=subprocess.PIPE, timeout=60, check=False)
    check(process.returncode == 1 and 'LOG_REPLACED' in process.stdout,
          'a mirror of another log is not continued')


def main():
    language, program, examples, scratch = sys.argv[1:]
    examples, scratch = pathlib.Path(examples).resolve(), pathlib.Path(scratch).resolve()
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    command, environment = prepare(language, examples, scratch)
    rules = examples.parent / 'deploy' / 'rules' / 'namss-2025.textproto'
    with running_server(program, rules) as address, grpc.insecure_channel(address) as channel:
        proxy, log = Proxy(address), Log(channel)
        commands = Reflected(channel).service('goodstanding.api.v1.CommandService')

        def record(reference):
            commands.RecordCredit(
                header={'request_id': reference}, certificant_id=f'ana.{language}',
                credit={'reference': reference, 'activity_kind': 'SPONSORED', 'amount': {'minutes': 60},
                        'completed_date': {'year': 2025, 'month': 9, 'day': 1}})

        try_renewal(command, environment, proxy, log)
        try_follow(command, environment, proxy, log, record, scratch / 'mirror')
        proxy.cut()


if __name__ == '__main__':
    main()
