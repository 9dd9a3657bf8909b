"""Peers as a server on a network meets them, below what any gRPC client would do."""

import base64
import json
import os
import pathlib
import socket
import ssl
import struct
import subprocess
import time

PREFACE = b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
DATA, HEADERS, RST_STREAM, SETTINGS, PING, WINDOW_UPDATE = 0, 1, 3, 4, 6, 8
END_STREAM, END_HEADERS = 1, 4


def frame(kind, flags, stream, payload=b''):
    """An HTTP/2 frame."""
    return struct.pack('>I', len(payload))[1:] + bytes([kind, flags]) + struct.pack(
        '>I', stream) + payload


def _literal(name, value):
    """A header field that no table knows: literal, without indexing, no Huffman code."""
    def text(value):
        size = len(value)
        if size < 127:
            return bytes([size]) + value
        rest = size - 127
        out = [127]
        while rest >= 128:
            out.append(rest % 128 + 128)
            rest //= 128
        return bytes(out + [rest]) + value
    return b'\x00' + text(name.encode()) + text(value.encode())


def request_headers(path, more=()):
    """The header block of a gRPC call."""
    fields = [(':method', 'POST'), (':scheme', 'https'), (':path', path), (':authority', 'x'),
              ('content-type', 'application/grpc'), ('te', 'trailers'), *more]
    return b''.join(_literal(name, value) for name, value in fields)


def connect(port, timeout=5.0):
    """A TCP connection, or None where there is none to be had."""
    try:
        return socket.create_connection(('127.0.0.1', port), timeout)
    except OSError:
        return None


def secure(sock, authority, own=None):
    """TLS with HTTP/2 over a connection; `own`: certificate and key files of the client."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(authority)
    context.check_hostname = False
    context.set_alpn_protocols(['h2'])
    if own:
        context.load_cert_chain(*own)
    return context.wrap_socket(sock, server_hostname='127.0.0.1')


def http2(port, authority):
    """A connection past its first frames, ready for streams; None where there is none."""
    sock = connect(port)
    if sock is None:
        return None
    try:
        peer = secure(sock, authority)
        peer.sendall(PREFACE + frame(SETTINGS, 0, 0))
        return peer
    except OSError:
        sock.close()
        return None


def is_closed(sock, seconds):
    """Whether the peer ends the connection within so long, whatever it says before."""
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            sock.settimeout(max(0.01, end - time.monotonic()))
            if not sock.recv(65536):
                return True
    except TimeoutError:
        return False
    except OSError:
        return True
    return False


def _run(*arguments, stdin=None):
    return subprocess.run(arguments, input=stdin, check=True, capture_output=True).stdout


class Authority:
    """Makes certificates, by openssl."""

    def __init__(self, folder, name):
        self.folder = pathlib.Path(folder)
        self.name = name
        self.certificate = str(self.folder / f'{name}.pem')
        self.key = str(self.folder / f'{name}.key')
        _run('openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
             '-nodes', '-keyout', self.key, '-out', self.certificate, '-subj', f'/CN={name}',
             '-days', '30')

    def make(self, name, alternative, days='30'):
        """Certificate and key files; days '-1': expired."""
        key, request = self.folder / f'{name}.key', self.folder / f'{name}.csr'
        certificate, extra = self.folder / f'{name}.pem', self.folder / f'{name}.ext'
        _run('openssl', 'req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
             '-keyout', key, '-out', request, '-subj', f'/CN={name}')
        extra.write_text(f'subjectAltName={alternative}\n', encoding='ascii')
        times = ['-days', days]
        if days == '-1':
            index = self.folder / f'{name}.index'
            index.write_text('', encoding='ascii')
            (self.folder / f'{name}.serial').write_text('01\n', encoding='ascii')
            config = self.folder / f'{name}.cnf'
            config.write_text(
                f'[ca]\ndefault_ca=a\n[a]\ndatabase={index}\nserial={self.folder}/{name}.serial\n'
                f'new_certs_dir={self.folder}\ndefault_md=sha256\npolicy=p\n[p]\n'
                'commonName=supplied\n', encoding='ascii')
            _run('openssl', 'ca', '-batch', '-notext', '-config', config, '-cert', self.certificate,
                 '-keyfile', self.key, '-in', request, '-out', certificate, '-extfile', extra,
                 '-startdate', '20200101000000Z', '-enddate', '20200102000000Z')
        else:
            _run('openssl', 'x509', '-req', '-in', request, '-CA', self.certificate, '-CAkey',
                 self.key, '-CAcreateserial', '-out', certificate, '-extfile', extra, *times)
        return str(certificate), str(key)


def base64url(raw):
    """As tokens have it: without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b'=').decode()


class Issuer:
    """Issues tokens, signed with Ed25519."""

    def __init__(self, folder, name='https://staff.example'):
        self.name = name
        self.key = os.path.join(folder, 'issuer.key')
        _run('openssl', 'genpkey', '-algorithm', 'ed25519', '-out', self.key)
        der = _run('openssl', 'pkey', '-in', self.key, '-pubout', '-outform', 'DER')
        self.public = der[-32:]
        self.jwks = os.path.join(folder, 'issuer.jwks')
        pathlib.Path(self.jwks).write_text(json.dumps({'keys': [{
            'kty': 'OKP', 'crv': 'Ed25519', 'kid': 'k1', 'alg': 'EdDSA', 'use': 'sig',
            'x': base64url(self.public)}]}), encoding='ascii')

    def parts(self, subject, **changes):
        """Header and claims, base64, with changes to either."""
        now = int(time.time())
        header = {'alg': 'EdDSA', 'kid': 'k1', 'typ': 'JWT'}
        claims = {'iss': self.name, 'sub': subject, 'aud': 'goodstanding', 'iat': now,
                  'exp': now + 600}
        for key, value in changes.items():
            (header if key in ('alg', 'kid') else claims)[key] = value
        return '.'.join(base64url(json.dumps(part).encode()) for part in (header, claims))

    def sign(self, signed):
        """The token of header and claims."""
        path = self.key + '.in'
        pathlib.Path(path).write_bytes(signed.encode())
        signature = _run('openssl', 'pkeyutl', '-sign', '-rawin', '-inkey', self.key, '-in', path)
        return f'{signed}.{base64url(signature)}'

    def token(self, subject, **changes):
        """A token as it should be, but for the changes."""
        return self.sign(self.parts(subject, **changes))
