#!/usr/bin/env python3
"""Every metric that an alert or the dashboard names is one that the program exports.

    metrics_test.py PROGRAM DEPLOY
"""

import pathlib
import socket
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / 'interop'))
from renewal import check, running_server  # pylint: disable=wrong-import-position


def free_port():
    with socket.create_server(('127.0.0.1', 0)) as listener:
        return listener.getsockname()[1]


def main():
    program, deploy = sys.argv[1], pathlib.Path(sys.argv[2])
    metrics = f'127.0.0.1:{free_port()}'
    rules = deploy / 'rules' / 'namss-2025.textproto'
    with running_server(program, rules, '--metrics-listen', metrics):
        checked = subprocess.run([sys.executable, '-B', deploy / 'prometheus' / 'check.py',
                                  f'http://{metrics}/metrics'], timeout=60, check=False)
        check(checked.returncode == 0, 'alerts, dashboard, runbook and server agree')


if __name__ == '__main__':
    main()
