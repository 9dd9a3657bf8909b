#!/usr/bin/env python3
"""Mirrors the log, each event once, whatever breaks.    follow.py ADDRESS FILE

FILE gets the log's origin, then a line for each event: position, stream, kind. What was dealt with
and how far it is are the same line, so that neither can be there without the other; where you keep
them apart (rows in a database, say), write both in one transaction.
"""

import os
import sys
import time

import grpc

from client import connect, refusal
from goodstanding.api.v1 import history_service_pb2 as api
from goodstanding.api.v1 import history_service_pb2_grpc


def resume(mirror):
    """Origin and last position of the file; a line that a crash cut short is removed."""
    mirror.seek(0)
    text = mirror.read()
    whole = text[:text.rfind(b'\n') + 1]
    mirror.truncate(len(whole))
    mirror.seek(len(whole))
    lines = whole.decode().splitlines()
    origin = lines[0] if lines else ''
    return origin, int(lines[-1].split()[0]) if len(lines) > 1 else 0


def follow(history, mirror):
    """One subscription, until it breaks."""
    origin, position = resume(mirror)
    for response in history.Subscribe(api.SubscribeRequest(
            after_position=position, origin=origin, stored_only=True)):
        if response.origin and not origin:
            origin = response.origin
            mirror.write(f'{origin}\n'.encode())
        for event in response.events:
            record = event.record
            mirror.write(f'{record.position} {record.stream} {record.kind}\n'.encode())
        mirror.flush()
        os.fsync(mirror.fileno())


def main():
    address, path = sys.argv[1:]
    with connect(address) as channel, open(path, 'a+b') as mirror:
        history = history_service_pb2_grpc.HistoryServiceStub(channel)
        while True:
            try:
                follow(history, mirror)
            except grpc.RpcError as error:
                why = refusal(error)
                print(f'broken off: {why.code.name} {why.reason}', flush=True)
                # The server stops, or there is no connection: again from where it was. All else
                # (LOG_REPLACED, say) needs somebody who decides.
                if why.code not in (grpc.StatusCode.UNAVAILABLE,
                                    grpc.StatusCode.RESOURCE_EXHAUSTED):
                    sys.exit(why.sentence)
                time.sleep(0.2)


if __name__ == '__main__':
    main()
