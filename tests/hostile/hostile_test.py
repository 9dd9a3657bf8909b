#!/usr/bin/env python3
"""Callers that mean harm, against the program, while somebody else is being served.

    hostile_test.py PROGRAM [--seconds N] [--connections N]

Each attack lasts N seconds (2); `--connections` many are opened at once (3000; as many as the limit of
open files allows). What is refused must be counted, the server must go on, and its memory and files
stay bounded. How long somebody else waits meanwhile is printed for each attack, and has a bound that
holds on a busy machine too: the figure is in docs/security.md.
"""

import argparse
import os
import pathlib
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

import grpc

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import peers  # pylint: disable=wrong-import-position

MAX_CONNECTIONS = 200
MAX_MESSAGE = 4 << 20
READ = '/goodstanding.api.v1.QueryService/ListActivities'
STANDING = '/goodstanding.api.v1.QueryService/GetStanding'
SUBSCRIBE = '/goodstanding.api.v1.HistoryService/Subscribe'
REGISTER = '/goodstanding.api.v1.CommandService/RegisterCertificant'
# Of somebody else, against the same without an attack: on a machine that others use too.
LONGEST = 1.0


def text_field(number, value):
    """A field of a message: fewer than 128 bytes of text."""
    return bytes([number << 3 | 2, len(value)]) + value.encode()


class Server:
    """The program, with identities and small limits."""

    def __init__(self, program, folder):
        self.folder = folder
        self.authority = peers.Authority(folder, 'authority')
        certificate, key = self.authority.make('server', 'IP:127.0.0.1')
        self.issuer = peers.Issuer(folder)
        config = os.path.join(folder, 'server.txt')
        pathlib.Path(config).write_text(f'''
data_folder: "{folder}/data"
listen_address: "127.0.0.1:0"
metrics_address: "127.0.0.1:0"
security_log_file: "{folder}/security.jsonl"
tls {{ certificate_file: "{certificate}" key_file: "{key}"
      client_ca_file: "{self.authority.certificate}" }}
access {{
  token_issuers {{ issuer: "{self.issuer.name}" audience: "goodstanding"
                  key_file: "{self.issuer.jwks}" }}
  bindings {{ identity: "jwt:{self.issuer.name}#maria" roles: ROLE_STAFF roles: ROLE_AUDITOR }}
  bindings {{ identity: "jwt:{self.issuer.name}#mallory" roles: ROLE_AUDITOR }}
  bindings {{ identity: "spiffe://board.example/reader" roles: ROLE_AUDITOR }}
}}
limits {{ max_connections: {MAX_CONNECTIONS} handshake_seconds: 2 default_deadline_seconds: 5
         max_streams_per_caller: 16 call_memory_mib: 256 }}
''', encoding='utf-8')
        self.log = open(os.path.join(folder, 'server.log'), 'wb')
        self.process = subprocess.Popen([program, 'serve', '--config', config],
                                        stdout=subprocess.PIPE, stderr=self.log)
        line = self.process.stdout.readline().decode()
        found = re.match(r'Listening on .*:(\d+)', line)
        if not found:
            raise RuntimeError('the server does not start: ' + self.log_text())
        self.port = int(found[1])
        self.metrics = int(re.search(r'event=serving_metrics address=.*:(\d+)', self.log_text())[1])

    def log_text(self):
        """All that it logged."""
        return pathlib.Path(self.folder, 'server.log').read_text(
            encoding='utf-8', errors='replace')

    def figures(self):
        """Its metrics by name and labels."""
        with urllib.request.urlopen(f'http://127.0.0.1:{self.metrics}/metrics', timeout=10) as page:
            lines = page.read().decode().splitlines()
        return {name: float(value) for name, value in
                (line.rsplit(' ', 1) for line in lines if not line.startswith('#'))}

    def channel(self, authority=None, own=None):
        """A connection of its own, as a client of gRPC makes it."""
        read = lambda path: pathlib.Path(path).read_bytes()  # noqa: E731
        credentials = grpc.ssl_channel_credentials(
            read(authority or self.authority.certificate), read(own[1]) if own else None,
            read(own[0]) if own else None)
        return grpc.secure_channel(f'127.0.0.1:{self.port}', credentials, options=[
            ('grpc.use_local_subchannel_pool', 1), ('grpc.enable_retries', 0)])

    def stop(self):
        """Stops it; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


def bearer(token):
    """Metadata that presents a token."""
    return (('authorization', 'Bearer ' + token),)


def ask(channel, path, request, token=None, timeout=10):
    """Calls a method with bytes; the code, and what the server says."""
    method = channel.unary_unary(path)
    try:
        method(request, metadata=bearer(token) if token else (), timeout=timeout)
        return grpc.StatusCode.OK, ''
    except grpc.RpcError as error:
        return error.code(), error.details()


class SomebodyElse:
    """Asks without a pause, from a process of its own, and notes how long each answer took."""

    def __init__(self, server):
        arguments = [sys.executable, __file__, '--ask', str(server.port),
                     server.authority.certificate, server.issuer.token('maria')]
        self.process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        self.take()

    def take(self):
        """Since the last time: how many answers, the 99th of a hundred in seconds, failures."""
        self.process.stdin.write('\n')
        self.process.stdin.flush()
        count, worst, failed = self.process.stdout.readline().split()
        return int(count), float(worst), int(failed)

    def stop(self):
        """Ends it."""
        self.process.kill()
        self.process.wait()


def ask_for_ever(port, authority, token):
    """What SomebodyElse runs."""
    credentials = grpc.ssl_channel_credentials(pathlib.Path(authority).read_bytes())
    channel = grpc.secure_channel(f'127.0.0.1:{port}', credentials)
    method = channel.unary_unary(STANDING)
    lock = threading.Lock()
    taken, failed = [], []

    def report():
        for _ in sys.stdin:
            with lock:
                times = sorted(taken)
                print(len(times), times[len(times) * 99 // 100] if times else 0, len(failed),
                      flush=True)
                taken.clear()
                failed.clear()

    threading.Thread(target=report, daemon=True).start()
    while True:
        begin = time.monotonic()
        try:
            method(text_field(1, 'ana'), metadata=bearer(token), timeout=20)
        except grpc.RpcError as error:
            with lock:
                failed.append(error.code())
        with lock:
            taken.append(time.monotonic() - begin)
        time.sleep(0.001)  # Others want to be served too.


class Attacks:
    """One method an attack; each runs for `seconds` and returns what was to be seen."""

    def __init__(self, server, seconds, connections):
        self.server = server
        self.seconds = seconds
        self.connections = connections
        self.random = random.Random(1)
        self.problems = []

    def expect(self, good, what):
        """Notes what is not as it must be."""
        if not good:
            self.problems.append(what)
            print(f'    NOT AS IT MUST BE: {what}', flush=True)

    def until_end(self):
        """Counts up until the time is over."""
        end = time.monotonic() + self.seconds
        count = 0
        while time.monotonic() < end:
            yield count
            count += 1

    def open_files(self):
        """How many files the server has open."""
        return len(os.listdir(f'/proc/{self.server.process.pid}/fd'))

    def memory(self):
        """Its resident memory in MiB."""
        return self.server.figures()['process_resident_memory_bytes'] / (1 << 20)

    def refusals(self, reason='NOT_IDENTIFIED'):
        """How many calls were refused so."""
        return self.server.figures()[f'goodstanding_refusals_total{{reason="{reason}"}}']

    # --- The attacks.

    def garbage(self):
        """Random bytes, before TLS and within it."""
        count = 0
        for count in self.until_end():
            sock = peers.connect(self.server.port)
            if sock is None:
                continue
            with sock:
                try:
                    if count % 2:
                        sock = peers.secure(sock, self.server.authority.certificate)
                    sock.sendall(self.random.randbytes(self.random.randrange(1, 4000)))
                except OSError:
                    pass
        return f'{count} connections'

    def frames(self):
        """HTTP/2 as it must not be: frames of any kind, length and stream, after a good beginning."""
        count = 0
        for count in self.until_end():
            peer = peers.http2(self.server.port, self.server.authority.certificate)
            if peer is None:
                continue
            with peer:
                try:
                    for _ in range(20):
                        peer.sendall(peers.frame(
                            self.random.randrange(12), self.random.randrange(256),
                            self.random.randrange(1 << 31),
                            self.random.randbytes(self.random.randrange(200))))
                except OSError:
                    pass
        return f'{count} connections'

    def half_open(self):
        """Connections on which nothing, or only the beginning of a handshake, is ever said."""
        before = self.server.figures()['goodstanding_connections']
        socks = [sock for sock in (peers.connect(self.server.port) for _ in range(100)) if sock]
        for sock in socks[::2]:
            sock.sendall(b'\x16\x03\x01\x02\x00\x01')
        closed = sum(peers.is_closed(sock, 10) for sock in socks)
        for sock in socks:
            sock.close()
        self.expect(closed == len(socks), f'{len(socks) - closed} half-open connections stay')
        after = before + 6
        for _ in range(50):  # A connection is cut before its file is closed.
            after = self.server.figures()['goodstanding_connections']
            if after <= before + 5:
                break
            time.sleep(0.1)
        self.expect(after <= before + 5, f'{after} connections are left of {before}')
        return f'{len(socks)} connections, all closed by the server'

    def many_connections(self):
        """More connections than may be, at once, and held."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        wanted = min(self.connections, hard - 200)
        refused = self.server.figures()['goodstanding_connections_refused_total']
        socks = []
        for _ in range(wanted):
            sock = peers.connect(self.server.port)
            if sock:
                socks.append(sock)
        figures = self.server.figures()
        held = figures['goodstanding_connections']
        refused = figures['goodstanding_connections_refused_total'] - refused
        self.expect(held <= MAX_CONNECTIONS, f'{held} connections are open')
        self.expect(wanted <= MAX_CONNECTIONS or refused > 0, 'none was refused')
        for sock in socks:
            sock.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        code = None
        for _ in range(100):  # Until the server has noticed that they have gone.
            with self.server.channel() as channel:
                code, _ = ask(channel, READ, b'', self.server.issuer.token('maria'))
            if code == grpc.StatusCode.OK:
                break
            time.sleep(0.1)
        self.expect(code == grpc.StatusCode.OK, f'afterwards a new connection gets {code}')
        return f'{wanted} of {self.connections} opened, {int(refused)} refused, {int(held)} held'

    def messages(self):
        """Messages that are too large, that say so falsely, or are nested as deep as can be."""
        token = self.server.issuer.token('mallory')
        nested = b'\x0b' * 200_000 + b'\x0c' * 200_000  # Groups within groups.
        bad = 0
        with self.server.channel() as channel:
            for count in self.until_end():
                request = (b'\xfa\x7f\x80\x80\x80\x02' + b'x' * MAX_MESSAGE, nested,
                           self.random.randbytes(1000))[count % 3]
                code, _ = ask(channel, READ, request, token)
                self.expect(code in (grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.INTERNAL,
                                     grpc.StatusCode.INVALID_ARGUMENT),
                            f'a bad message gets {code}')
                bad += 1
        peer = peers.http2(self.server.port, self.server.authority.certificate)
        if peer:
            with peer:
                headers = peers.request_headers(READ, [('authorization', 'Bearer ' + token)])
                peer.sendall(peers.frame(peers.HEADERS, peers.END_HEADERS, 1, headers))
                peer.sendall(peers.frame(peers.DATA, 0, 1, b'\x00\xff\xff\xff\xff' + b'x' * 100))
        return f'{bad} refused'

    def slow_writers(self):
        """Calls whose messages never end: many streams, each with most of a message of 4 MiB."""
        before = self.memory()
        writers = []
        for _ in range(20):
            peer = peers.http2(self.server.port, self.server.authority.certificate)
            if peer is None:
                continue
            peer.setblocking(False)
            writers.append(peer)
        for _ in self.until_end():
            for peer in writers:
                self._write_some(peer)
            time.sleep(0.05)
        during = self.memory()
        for peer in writers:
            peer.close()
        self.expect(during < before + 600, f'memory went from {before:.0f} to {during:.0f} MiB')
        return f'{len(writers)} connections, memory {before:.0f} to {during:.0f} MiB'

    def _write_some(self, peer):
        stream = getattr(self, '_stream', 1)
        headers = peers.request_headers(READ)
        start = b'\x00' + (MAX_MESSAGE - 1).to_bytes(4, 'big')
        try:
            for _ in range(10):
                peer.send(peers.frame(peers.HEADERS, peers.END_HEADERS, stream, headers) +
                          peers.frame(peers.DATA, 0, stream, start + b'x' * 16_000))
                stream += 2
        except (OSError, ValueError):
            pass
        self._stream = stream

    def slow_readers(self):
        """Subscriptions and pages that nobody reads."""
        before = self.memory()
        token = self.server.issuer.token('mallory')
        with self.server.channel() as channel:
            calls = [channel.unary_stream(SUBSCRIBE)(b'', metadata=bearer(token), timeout=60)
                     for _ in range(40)]
            for _ in self.until_end():
                time.sleep(0.1)
            subscribers = self.server.figures()['goodstanding_subscribers']
            during = self.memory()
            for call in calls:
                call.cancel()
        self.expect(subscribers <= 16, f'{subscribers} subscriptions of one caller are open')
        self.expect(during < before + 100, f'memory went from {before:.0f} to {during:.0f} MiB')
        return f'{len(calls)} asked for, {int(subscribers)} open, memory {during:.0f} MiB'

    def resets(self):
        """Calls that are taken back at once, thousands of them (CVE-2023-44487)."""
        headers = peers.request_headers(READ)
        burst, count = b'', 0
        for _ in self.until_end():
            peer = peers.http2(self.server.port, self.server.authority.certificate)
            if peer is None:
                continue
            with peer:
                stream = 1
                try:
                    for _ in range(20):
                        burst = b''.join(
                            peers.frame(peers.HEADERS, peers.END_HEADERS | peers.END_STREAM, at,
                                        headers) +
                            peers.frame(peers.RST_STREAM, 0, at, b'\x00\x00\x00\x08')
                            for at in range(stream, stream + 100, 2))
                        peer.sendall(burst)
                        stream += 100
                        count += 50
                except OSError:
                    pass
        return f'{count} calls'

    def certificates(self):
        """Certificates that have expired, are of another authority, or of nobody's name."""
        other = peers.Authority(self.server.folder, 'other')
        good = self.server.authority.make('reader', 'URI:spiffe://board.example/reader')
        with self.server.channel(own=good) as channel:
            code, _ = ask(channel, READ, b'')
            self.expect(code == grpc.StatusCode.OK, f'a good certificate gets {code}')
        bad = {
            'expired': self.server.authority.make('old', 'URI:spiffe://board.example/reader', '-1'),
            'another': other.make('foreign', 'URI:spiffe://board.example/reader'),
            'nobody': self.server.authority.make('nobody', 'DNS:reader'),
        }
        for why, own in bad.items():
            with self.server.channel(own=own) as channel:
                code, said = ask(channel, READ, b'')
                self.expect(code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.UNAUTHENTICATED),
                            f'{why}: {code} {said}')
        return f'{len(bad)} refused'

    def tokens(self):
        """Tokens that nobody signed, that were signed otherwise than they say, or are too old."""
        issuer = self.server.issuer
        now = int(time.time())
        none = issuer.parts('maria', alg='none')
        swapped = issuer.parts('maria', alg='HS256')
        hmac = subprocess.run(
            ['openssl', 'dgst', '-sha256', '-mac', 'HMAC', '-macopt',
             'hexkey:' + issuer.public.hex(), '-binary'], input=swapped.encode(), check=True,
            capture_output=True).stdout
        good = issuer.token('maria')
        bad = {
            'alg none': none + '.',
            'alg none, signed': none + '.' + good.rsplit('.', 1)[1],
            'a MAC with the public key': swapped + '.' + peers.base64url(hmac),
            'another subject': issuer.parts('root') + '.' + good.rsplit('.', 1)[1],
            'expired': issuer.token('maria', iat=now - 2000, exp=now - 1400),
            'valid for an hour': issuer.token('maria', exp=now + 3600),
            'another audience': issuer.token('maria', aud='elsewhere'),
            'another issuer': issuer.token('maria', iss='https://elsewhere.example'),
            'another key': issuer.token('maria', kid='k2'),
            'bound to another connection': issuer.token('maria', cnf={'x5t#S256': 'A' * 43}),
            'no token': 'x.y.z',
        }
        before = self.refusals()
        with self.server.channel() as channel:
            for why, token in bad.items():
                code, said = ask(channel, READ, b'', token)
                self.expect(code == grpc.StatusCode.UNAUTHENTICATED, f'{why}: {code} {said}')
            counted = self.refusals() - before
            self.expect(counted == len(bad), f'{counted} of {len(bad)} were counted')
            for _ in self.until_end():
                ask(channel, READ, b'', bad['another subject'])
        return f'{len(bad)} kinds refused and counted'

    def replays(self):
        """A command whose token and bytes somebody has, sent again and again."""
        token = self.server.issuer.token('maria')
        request = (bytes([10, 6]) + text_field(1, 'once') + text_field(2, 'eve') +
                   text_field(3, 'Eve'))
        head = 'goodstanding_log_head_position'
        before = self.server.figures()[head]
        count = 0
        for count in self.until_end():
            with self.server.channel() as channel:  # A connection that is somebody else's.
                code, said = ask(channel, REGISTER, request, token)
                self.expect(code == grpc.StatusCode.OK, f'{code} {said}')
        after = self.server.figures()[head]
        self.expect(after == before + 1, f'{after - before} events were recorded')
        return f'{count + 1} times, recorded once'

    def flood(self):
        """One caller that calls as fast as it can, from many threads."""
        token = self.server.issuer.token('mallory')
        codes = {}
        lock = threading.Lock()

        def call():
            with self.server.channel() as channel:
                for _ in self.until_end():
                    code, _ = ask(channel, READ, b'', token)
                    with lock:
                        codes[code.name] = codes.get(code.name, 0) + 1

        threads = [threading.Thread(target=call) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return ', '.join(f'{count} {name}' for name, count in sorted(codes.items()))


ALL = ('garbage', 'frames', 'half_open', 'many_connections', 'messages', 'slow_writers',
       'slow_readers', 'resets', 'certificates', 'tokens', 'replays', 'flood')


def run(options):
    """All attacks; how many things were not as they must be."""
    with tempfile.TemporaryDirectory(prefix='goodstanding-hostile-') as folder:
        server = Server(options.program, folder)
        attacks = Attacks(server, options.seconds, options.connections)
        somebody = None
        try:
            with server.channel() as channel:
                code, said = ask(channel, REGISTER,
                                 bytes([10, 5]) + text_field(1, 'reg') + text_field(2, 'ana') +
                                 text_field(3, 'Ana'), server.issuer.token('maria'))
                attacks.expect(code == grpc.StatusCode.OK, f'registering: {code} {said}')
            somebody = SomebodyElse(server)
            time.sleep(max(2, options.seconds))
            _, alone, _ = somebody.take()
            files, memory = attacks.open_files(), attacks.memory()
            print(f'{"alone":17} p99 {alone * 1e3:7.2f} ms', flush=True)
            for name in options.attacks or ALL:
                somebody.take()
                seen = getattr(attacks, name)()
                count, worst, failed = somebody.take()
                ratio = worst / alone if alone else 0
                print(f'{name:17} p99 {worst * 1e3:7.2f} ms, {ratio:5.1f} x, {count:6} answers, '
                      f'{failed} failed: {seen}', flush=True)
                attacks.expect(server.process.poll() is None, 'the server has ended')
                if name == 'resets':
                    continue  # A known weakness of this gRPC: it must end, and that is all.
                attacks.expect(failed == 0, f'{failed} calls of somebody else failed')
                attacks.expect(worst < LONGEST, f'somebody else waited {worst:.3f} s')
            end = time.monotonic() + 30
            while attacks.open_files() > files + 10 and time.monotonic() < end:
                time.sleep(0.2)
            attacks.expect(attacks.open_files() <= files + 10,
                           f'{attacks.open_files()} files are open, not {files}')
            grown = attacks.memory() - memory
            print(f'memory: {memory:.0f} MiB before, {memory + grown:.0f} MiB after', flush=True)
            attacks.expect(grown < 600, f'memory has grown by {grown:.0f} MiB')
        finally:
            if somebody:
                somebody.stop()
            attacks.expect(server.stop() == 0, 'the server did not stop as it must')
        if attacks.problems:
            print(server.log_text()[-2000:])
        return len(attacks.problems)


def main():
    """Runs the attacks, or is somebody else."""
    if len(sys.argv) > 1 and sys.argv[1] == '--ask':
        return ask_for_ever(*sys.argv[2:5])
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('program')
    parser.add_argument('--seconds', type=float, default=2)
    parser.add_argument('--connections', type=int, default=3000)
    parser.add_argument('--attacks', nargs='*', choices=ALL, help='these alone')
    return 1 if run(parser.parse_args()) else 0


if __name__ == '__main__':
    sys.exit(main())
