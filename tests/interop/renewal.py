#!/usr/bin/env python3
"""How to call the server from a language without our code: a renewal, from grant to approval.

    renewal.py PROGRAM RULES

PROGRAM is the goodstanding program, RULES a rule set file. A server is started on an empty folder,
and spoken to with what any gRPC client has: its address. See reflected.py for the client. Prints
what it does; exits 1 where an answer is not as it must be.
"""

import contextlib
import signal
import subprocess
import sys
import tempfile
import uuid

import grpc
from google.protobuf import json_format

from reflected import Reflected


@contextlib.contextmanager
def running_server(program, rules, *options):
    """Yields the address of a server on a scratch folder; stops it afterwards."""
    with tempfile.TemporaryDirectory(prefix='goodstanding-') as folder:
        # Port 0: any free one. The server says on its standard output where it listens.
        process = subprocess.Popen(
            [program, 'serve', '--data', folder, '--rules', rules, '--listen', '127.0.0.1:0', *options],
            stdout=subprocess.PIPE, text=True)
        try:
            line = process.stdout.readline()
            check(line.startswith('Listening on '), f'the server says where it listens: {line!r}')
            yield line.removeprefix('Listening on ').strip()
            process.send_signal(signal.SIGTERM)
            check(process.wait(timeout=60) == 0, 'the server stops when it is asked to')
        finally:
            process.kill()
            process.wait()


def check(holds, what):
    if not holds:
        sys.exit(f'NOT SO: {what}')
    print(f'ok: {what}')


def day(text):
    """'2025-08-01' as a CivilDate."""
    year, month, number = map(int, text.split('-'))
    return {'year': year, 'month': month, 'day': number}


def header(effective, request_id=None):
    """What every command carries: an id that makes it safe to repeat, and when the fact was."""
    return {'request_id': request_id or str(uuid.uuid4()), 'effective_date': day(effective)}


def renew(commands, ana):
    """A person is certified, earns credits, applies, pays, and is renewed."""
    commands.RegisterCertificant(header=header('2022-05-14'), certificant_id=ana, name='Ana Roe',
                                 email='ana@example.org')
    commands.GrantCredential(header=header('2022-05-14'), certificant_id=ana, credential='CPCS')
    for reference, completed in (('webinar-1', '2024-05-20'), ('webinar-2', '2025-01-20')):
        commands.RecordCredit(
            header=header('2025-02-01'), certificant_id=ana,
            credit={'reference': reference, 'activity_kind': 'SPONSORED',
                    'completed_date': day(completed), 'amount': {'minutes': 900}})
    commands.SubmitApplication(header=header('2025-08-01'), certificant_id=ana)
    payment = commands.RecordPayment(
        header=header('2025-08-03'), certificant_id=ana, reference='invoice-7',
        amount={'currency_code': 'USD', 'minor_units': 37500}, method='PAYMENT_METHOD_CARD')
    approval = commands.ApproveApplication(header=header('2025-08-20'), certificant_id=ana)
    return payment, approval


def ask(query, history, ana, payment, approval):
    def standing(as_of, **perspective):
        return query.GetStanding(certificant_id=ana,
                                 perspective={'as_of_date': day(as_of), **perspective}).answer

    answer = standing('2025-12-01')
    check(answer.certified and answer.cycle.renewed, 'on the last day of the cycle it is renewed')
    check(answer.fees.recertification.minor_units == 37500 and answer.balance.minor_units == 0,
          'the fee is that of a non-member, and it is paid')
    answer = standing('2025-12-02')
    check(answer.cycle.number == 2 and answer.cycle.period.last_date.year == 2028,
          'the next day the cycle through 2028 begins')
    answer = standing('2026-02-01', known_at={'position': payment.position - 1})
    check(not answer.certified, 'as known before the payment, the person would have lapsed')
    events = history.ListCertificantEvents(certificant_id=ana).events
    check(events[-1].record.position == approval.position
          and events[-1].certificant.HasField('certification_renewed'),
          f'the history has {len(events)} events, the last one is the renewal')


def repeat(commands, ana):
    """A command may be sent again with its request id at any time, after a lost answer, say."""
    command = {'header': header('2025-09-10', request_id='evening-school-17'),
               'certificant_id': ana,
               'credit': {'reference': 'webinar-3', 'activity_kind': 'SPONSORED',
                          'completed_date': day('2025-09-10'), 'amount': {'minutes': 60}}}
    first = commands.RecordCredit(command)
    again = commands.RecordCredit(command)
    check(again.repeated_request and again.position == first.position,
          'a repeated command is answered as before and recorded once')


def refused(call):
    """The error that the call raises."""
    try:
        call()
    except grpc.RpcError as error:
        return error
    sys.exit('NOT SO: the call is refused')


def read_refusals(server, commands, ana):
    """Every refusal says why, in a form that a program can act on: google.rpc details."""
    error = refused(lambda: commands.ApproveApplication(header=header('2025-08-21'),
                                                        certificant_id=ana))
    check(error.code() == grpc.StatusCode.FAILED_PRECONDITION, 'a second approval is refused')
    status, details = server.explain(error)
    info = details['google.rpc.ErrorInfo']
    check(info.reason == 'ALREADY_RENEWED' and info.domain == 'goodstanding',
          f'its reason is {info.reason}: {status.message}')
    violation = details['google.rpc.PreconditionFailure'].violations[0]
    check(violation.type == info.reason, 'a PreconditionFailure says the same')

    error = refused(lambda: commands.RecordPayment(
        header=header('2025-08-21'), certificant_id=ana, reference='invoice-8',
        amount={'currency_code': 'USD', 'minor_units': -1}, method='PAYMENT_METHOD_CARD'))
    check(error.code() == grpc.StatusCode.INVALID_ARGUMENT, 'a negative payment is malformed')
    _, details = server.explain(error)
    reason = details['google.rpc.ErrorInfo'].reason
    field = details['google.rpc.BadRequest'].field_violations[0].field
    check((reason, field) == ('INVALID_AMOUNT', 'amount'),
          f'its reason is {reason}, its field {field}')

    error = refused(lambda: commands.SubmitApplication(header=header('2025-08-21'),
                                                       certificant_id='nobody'))
    _, details = server.explain(error)
    check(error.code() == grpc.StatusCode.NOT_FOUND
          and details['google.rpc.ErrorInfo'].reason == 'CERTIFICANT_NOT_FOUND',
          'an unknown person is not found, and the details say so')


def main():
    program, rules = sys.argv[1:]
    with running_server(program, rules) as address, grpc.insecure_channel(address) as channel:
        server = Reflected(channel)
        services = server.services()
        check({'goodstanding.api.v1.CommandService', 'goodstanding.api.v1.QueryService',
               'grpc.health.v1.Health'} <= set(services),
              f"the server tells its services: {', '.join(services)}")
        health = server.service('grpc.health.v1.Health').Check()
        check(json_format.MessageToDict(health) == {'status': 'SERVING'}, 'the server is healthy')
        for service in services:
            server.service(service)
        check(True, 'and describes all of them')

        commands = server.service('goodstanding.api.v1.CommandService')
        query = server.service('goodstanding.api.v1.QueryService')
        history = server.service('goodstanding.api.v1.HistoryService')
        ana = 'ana.roe'
        payment, approval = renew(commands, ana)
        check(approval.position > payment.position,
              f'paid at position {payment.position} of the log, approved at {approval.position}')
        ask(query, history, ana, payment, approval)
        repeat(commands, ana)
        read_refusals(server, commands, ana)


if __name__ == '__main__':
    main()
