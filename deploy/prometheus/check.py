#!/usr/bin/env python3
"""Alerts, dashboard and runbook agree with each other, and with the metrics that there are.

    check.py                  every metric that is named is in metrics.txt; every alert has its
                              section in the runbook and no section is left over; every expression
                              parses and the alerts' tests pass (promtool; without it exit code 77)
    check.py URL-OR-FILE      instead of promtool: a server's /metrics has every metric of metrics.txt,
                              of its type
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
OURS = re.compile(r'\b(?:goodstanding|grpc_server)_\w+')
failures = []


def check(holds, what):
    print(f"{'ok' if holds else 'NOT SO'}: {what}")
    if not holds:
        failures.append(what)


def known_metrics():
    """Type of each metric by name."""
    lines = (HERE / 'metrics.txt').read_text(encoding='utf-8').splitlines()
    return dict(line.split() for line in lines if not line.startswith('#'))


def series(metrics):
    """Names of all time series of the metrics."""
    names = set()
    for name, kind in metrics.items():
        names |= ({f'{name}_bucket', f'{name}_sum', f'{name}_count'} if kind == 'histogram'
                  else {name})
    return names


def dashboard_expressions():
    dashboard = json.loads((ROOT / 'deploy/grafana/goodstanding.json').read_text(encoding='utf-8'))
    ids = [panel['id'] for panel in dashboard['panels']]
    check(len(ids) == len(set(ids)), f'the {len(ids)} panels have ids of their own')
    return [target['expr'] for panel in dashboard['panels'] for target in panel.get('targets', [])]


def check_names(alerts, expressions, metrics):
    there = series(metrics)
    named = set(OURS.findall('\n'.join(expressions)))
    named |= set(OURS.findall('\n'.join(re.findall(r'expr: >-\n\s+(.*)', alerts))))
    check(named <= there, f'{len(named)} series are named, unknown: {sorted(named - there)}')
    unused = sorted(name for name in metrics if not series({name: metrics[name]}) & named)
    check(not unused, f'metrics that neither alert nor dashboard shows: {unused}')


def check_runbook(alerts):
    names = re.findall(r'- alert: (\w+)', alerts)
    links = re.findall(r'runbook: docs/runbook\.md#(\w+)', alerts)
    check(links == [name.lower() for name in names], 'each alert links to its section')
    text = (ROOT / 'docs/runbook.md').read_text(encoding='utf-8')
    sections = re.findall(r'^## (Goodstanding\w+)$', text, re.MULTILINE)
    check(sections == names, f'the runbook has their {len(names)} sections, in their order: '
          f'{sorted(set(names) ^ set(sections))}')
    for section in re.split(r'^## (?=Goodstanding)', text, flags=re.MULTILINE)[1:]:
        check('**Means.**' in section and '**Do.**' in section,
              f'{section.split()[0]}: what it means, what to do')


def check_with_promtool(promtool, expressions):
    def run(*arguments):
        result = subprocess.run([promtool, *arguments], capture_output=True, text=True, check=False)
        if result.returncode:
            print(result.stdout + result.stderr)
        return result.returncode == 0

    check(run('check', 'config', HERE / 'prometheus.yaml'), 'promtool takes configuration and alerts')
    check(run('test', 'rules', HERE / 'alerts_test.yaml'), 'each alert fires when it should')
    rules = [{'record': f'panel:{number}', 'expr': expression}
             for number, expression in enumerate(expressions)]
    with tempfile.NamedTemporaryFile('w', suffix='.yaml') as file:
        json.dump({'groups': [{'name': 'dashboard', 'rules': rules}]}, file)  # JSON is YAML.
        file.flush()
        check(run('check', 'rules', file.name), f'promtool takes {len(rules)} expressions of panels')


def check_server(source, metrics):
    if source.startswith('http'):
        with urllib.request.urlopen(source, timeout=10) as answer:
            text = answer.read().decode()
    else:
        text = pathlib.Path(source).read_text(encoding='utf-8')
    there = dict(re.findall(r'^# TYPE (\w+) (\w+)$', text, re.MULTILINE))
    for name, kind in metrics.items():
        check(there.get(name) == kind, f'{name} is a {kind}: {there.get(name)}')


def main(arguments):
    metrics = known_metrics()
    alerts = (HERE / 'alerts.yaml').read_text(encoding='utf-8')
    expressions = dashboard_expressions()
    check_names(alerts, expressions, metrics)
    check_runbook(alerts)
    promtool = shutil.which('promtool')
    if arguments:
        check_server(arguments[0], metrics)
    elif promtool:
        check_with_promtool(promtool, expressions)
    if failures:
        return 1
    if not arguments and not promtool:
        print('SKIPPED: promtool (package prometheus) is not installed; all else holds')
        return 77
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
