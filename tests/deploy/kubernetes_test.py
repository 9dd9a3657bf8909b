#!/usr/bin/env python3
"""The Kubernetes manifests hang together, and the server takes the options that they give it.

    kubernetes_test.py PROGRAM FOLDER    exits 77 where kubectl or python3-yaml is not installed
"""

import importlib
import shutil
import subprocess
import sys


def check(holds, what):
    if not holds:
        sys.exit(f'NOT SO: {what}')
    print(f'ok: {what}')


def options(program, arguments):
    """Options that the manifest gives and the command does not have."""
    text = subprocess.run([program, arguments[0], '--help'], capture_output=True, text=True,
                          check=True).stdout.split()
    return [argument for argument in arguments[1:] if argument.split('=')[0] not in text]


def main():
    program, folder = sys.argv[1:]
    kubectl = shutil.which('kubectl')
    try:
        yaml = importlib.import_module('yaml')
    except ImportError:
        kubectl = None
    if not kubectl:
        print('SKIPPED: kubectl or python3-yaml is not installed')
        sys.exit(77)
    text = subprocess.run([kubectl, 'kustomize', folder], capture_output=True, text=True,
                          check=True).stdout
    objects = {item['kind']: item for item in yaml.safe_load_all(text)}
    check(len(objects) == 6, f"kustomize makes {', '.join(objects)}")
    pod = objects['StatefulSet']['spec']['template']
    job = objects['CronJob']['spec']['jobTemplate']['spec']['template']
    server, backup = pod['spec']['containers'][0], job['spec']['containers'][0]
    check(not options(program, server['args']), 'serve takes the options')
    check(not options(program, backup['args']), 'backup takes the options')
    check(server['image'] == backup['image'] != 'goodstanding', 'both run one image with a tag')
    check(objects['StatefulSet']['spec']['replicas'] == 1, 'one server on one folder')
    check(pod['spec']['terminationGracePeriodSeconds'] > 10 + 30,
          'it may take longer to stop than calls may take to finish')
    labels = pod['metadata']['labels'].items()
    for kind, selector in (('Service', objects['Service']['spec']['selector']),
                           ('StatefulSet', objects['StatefulSet']['spec']['selector']['matchLabels']),
                           ('PodDisruptionBudget',
                            objects['PodDisruptionBudget']['spec']['selector']['matchLabels']),
                           ('NetworkPolicy',
                            objects['NetworkPolicy']['spec']['podSelector']['matchLabels'])):
        check(selector.items() <= labels, f'{kind} selects the server')
    caller = objects['NetworkPolicy']['spec']['ingress'][0]['from'][0]['podSelector']['matchLabels']
    check(caller.items() <= job['metadata']['labels'].items(), 'the backup job may call the server')
    mounts = {mount['name'] for mount in server['volumeMounts']}
    claims = {claim['metadata']['name']
              for claim in objects['StatefulSet']['spec']['volumeClaimTemplates']}
    check(mounts == claims, 'data and backups are on volumes')
    for template, container in ((pod, server), (job, backup)):
        security = container['securityContext']
        check(template['spec']['securityContext']['runAsNonRoot'] and
              security['readOnlyRootFilesystem'] and not security['allowPrivilegeEscalation'] and
              security['capabilities'] == {'drop': ['ALL']}, 'no root, no capabilities, nothing written')


if __name__ == '__main__':
    main()
