#!/usr/bin/env python3
"""A renewal, from registration to approval.    renewal.py ADDRESS

Run it again: every command has the request id of the first time, so nothing is recorded twice.
"""

import sys

import grpc

from client import connect, day, header, refusal
from goodstanding.api.v1 import command_service_pb2 as api
from goodstanding.api.v1 import command_service_pb2_grpc, query_service_pb2
from goodstanding.api.v1 import query_service_pb2_grpc

ANA = 'ana.python'


def send(method, request):
    """Sends a command and says what became of it. A deadline always: no answer is no answer."""
    receipt = method(request, timeout=30)
    repeated = ', recorded by an earlier call' if receipt.repeated_request else ''
    print(f'{type(request).__name__}: position {receipt.position}{repeated}')


def renew(commands):
    def ids(name, effective):
        return header(f'{ANA}-{name}', effective)

    send(commands.RegisterCertificant, api.RegisterCertificantRequest(
        header=ids('register', '2022-05-14'), certificant_id=ANA, name='Ana Roe'))
    send(commands.GrantCredential, api.GrantCredentialRequest(
        header=ids('grant', '2022-05-14'), certificant_id=ANA, credential='CPCS'))
    for reference, completed in (('webinar-1', '2024-05-20'), ('webinar-2', '2025-01-20')):
        send(commands.RecordCredit, api.RecordCreditRequest(
            header=ids(reference, '2025-02-01'), certificant_id=ANA,
            credit={'reference': reference, 'activity_kind': 'SPONSORED',
                    'completed_date': day(completed), 'amount': {'minutes': 900}}))
    send(commands.SubmitApplication, api.SubmitApplicationRequest(
        header=ids('apply', '2025-08-01'), certificant_id=ANA))
    send(commands.RecordPayment, api.RecordPaymentRequest(
        header=ids('invoice-7', '2025-08-03'), certificant_id=ANA, reference='invoice-7',
        amount={'currency_code': 'USD', 'minor_units': 37500}, method='PAYMENT_METHOD_CARD'))
    send(commands.ApproveApplication, api.ApproveApplicationRequest(
        header=ids('approve', '2025-08-20'), certificant_id=ANA))


def show_refusals(commands):
    def attempt(method, request):
        try:
            method(request, timeout=30)
        except grpc.RpcError as error:
            why = refusal(error)
            print(f'refused: {why.code.name} {why.reason} {why.field}: {why.sentence}')

    attempt(commands.ApproveApplication, api.ApproveApplicationRequest(
        header=header(f'{ANA}-approve-again', '2025-08-21'), certificant_id=ANA))
    attempt(commands.RecordPayment, api.RecordPaymentRequest(
        header=header(f'{ANA}-invoice-8', '2025-08-21'), certificant_id=ANA,
        reference='invoice-8', amount={'currency_code': 'USD', 'minor_units': -1},
        method='PAYMENT_METHOD_CARD'))


def main():
    with connect(sys.argv[1]) as channel:
        commands = command_service_pb2_grpc.CommandServiceStub(channel)
        renew(commands)
        show_refusals(commands)
        query = query_service_pb2_grpc.QueryServiceStub(channel)
        answer = query.GetStanding(query_service_pb2.GetStandingRequest(
            certificant_id=ANA, perspective={'as_of_date': day('2025-12-02')}), timeout=30).answer
        print(f'certified: {answer.certified}, through {answer.cycle.period.last_date.year}')


if __name__ == '__main__':
    main()
