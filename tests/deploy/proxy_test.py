#!/usr/bin/env python3
"""The proxy's configuration holds what it says: calls pass, a flood from one address does not.

    proxy_test.py PROGRAM DEPLOY    exits 77 where haproxy is not installed
"""

import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / 'interop'))
from renewal import check, running_server  # pylint: disable=wrong-import-position

MOST = 50  # Connections of one address, as the file says.


def free_port():
    with socket.create_server(('127.0.0.1', 0)) as listener:
        return listener.getsockname()[1]


def is_open(connection):
    """Whether the peer has not closed it: a server greets every connection with its settings."""
    connection.settimeout(10)
    try:
        return bool(connection.recv(1))
    except ConnectionError:
        return False


def status(program, port):
    return subprocess.run([program, 'status', '--server', f'127.0.0.1:{port}'], timeout=60,
                          capture_output=True, check=False).returncode


def main():
    program, deploy = sys.argv[1], pathlib.Path(sys.argv[2])
    haproxy = shutil.which('haproxy', path='/usr/sbin:/usr/bin:/usr/local/sbin')
    if not haproxy:
        print('SKIPPED: haproxy is not installed')
        sys.exit(77)
    text = (deploy / 'proxy' / 'haproxy.cfg').read_text(encoding='utf-8')
    rules = deploy / 'rules' / 'namss-2025.textproto'
    with running_server(program, rules) as address, tempfile.TemporaryDirectory() as folder:
        port = free_port()
        config = pathlib.Path(folder) / 'haproxy.cfg'
        config.write_text(text.replace('127.0.0.1:7443', address).replace(':7444', f':{port}'),
                          encoding='utf-8')
        checked = subprocess.run([haproxy, '-c', '-f', config], capture_output=True, text=True,
                                 check=False)
        check(checked.returncode == 0 and 'WARNING' not in checked.stderr.upper(),
              f'haproxy understands the file {checked.stderr}')
        with subprocess.Popen([haproxy, '-db', '-f', config], stderr=subprocess.DEVNULL) as proxy:
            try:
                while status(program, port) == 3:  # No server there, yet.
                    check(proxy.poll() is None, 'the proxy runs')
                check(status(program, port) == 0, 'a call passes')
                held = [socket.create_connection(('127.0.0.1', port)) for _ in range(2 * MOST)]
                served = sum(map(is_open, held))
                check(0 < served <= MOST, f'of {len(held)} connections at once {served} are served')
                check(subprocess.run([program, 'status', '--server', address], timeout=60,
                                     stdout=subprocess.DEVNULL, check=False).returncode == 0,
                      'the server goes on')
                for connection in held:
                    connection.close()
            finally:
                proxy.terminate()


if __name__ == '__main__':
    main()
