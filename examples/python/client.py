"""What every caller needs: a channel that retries, a header for commands, refusals that are read.

Import it with the folder of make_stubs.sh on PYTHONPATH.
"""

import pathlib
import sys
from typing import NamedTuple

import grpc
from google.protobuf import descriptor_pb2, message_factory

_SERVICE_CONFIG = pathlib.Path(__file__).parent.parent / 'service_config.json'


def connect(address):
    """A channel that repeats calls which found the server away or overloaded.

    That is safe for commands too: each has a request id, so a repeat is answered as the first time
    and recorded once.
    """
    return grpc.insecure_channel(address, options=[
        ('grpc.service_config', _SERVICE_CONFIG.read_text(encoding='utf-8')),
        # Finds a dead connection under a quiet stream.
        ('grpc.keepalive_time_ms', 30 * 1000),
        ('grpc.http2.max_pings_without_data', 0),
    ])


def day(text):
    """'2025-08-01' as a CivilDate."""
    year, month, number = map(int, text.split('-'))
    return {'year': year, 'month': month, 'day': number}


def header(request_id, effective):
    """Of a command about a fact of that day.

    Take the id from what you record (an invoice number, say) or store it before you call: then a
    repeat after a crash of the caller has the same one.
    """
    return {'request_id': request_id, 'effective_date': day(effective)}


class Refusal(NamedTuple):
    """Why a call failed: branch on the reason, show the sentence; docs/errors.md has them all."""
    code: grpc.StatusCode
    reason: str
    field: str  # The field at fault, where one is.
    sentence: str


def _details():
    """Classes of google.rpc messages by name. With pip: googleapis-common-protos has them."""
    for folder in sys.path:
        file = pathlib.Path(folder) / 'refusal.binpb'
        if file.exists():
            files = descriptor_pb2.FileDescriptorSet.FromString(file.read_bytes())
            return message_factory.GetMessages(files.file)
    raise FileNotFoundError('refusal.binpb: run make_stubs.sh and set PYTHONPATH')


_MESSAGES = _details()


def refusal(error):
    """Reads the google.rpc.Status that an error carries."""
    trailers = dict(error.trailing_metadata() or ())
    packed = trailers.get('grpc-status-details-bin')
    if packed is None:  # It did not come from the server: no connection, say.
        return Refusal(error.code(), '', '', error.details())
    reason = field = ''
    status = _MESSAGES['google.rpc.Status'].FromString(packed)
    for detail in status.details:
        message = _MESSAGES[detail.TypeName()].FromString(detail.value)
        if detail.TypeName() == 'google.rpc.ErrorInfo':
            reason = message.reason
        elif detail.TypeName() == 'google.rpc.BadRequest':
            field = message.field_violations[0].field
    return Refusal(error.code(), reason, field, status.message)
