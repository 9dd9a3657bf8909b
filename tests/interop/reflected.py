"""A gRPC client without generated code: it asks the server what it serves.

    channel = grpc.insecure_channel('127.0.0.1:7443')
    server = Reflected(channel)
    server.services()                            -> ['goodstanding.api.v1.CommandService', ...]
    query = server.service('goodstanding.api.v1.QueryService')
    query.GetStanding(certificant_id='ana')      -> a GetStandingResponse
    query.GetStanding({'certificant_id': 'ana'}) -> the same

Needs python3-grpcio and python3-protobuf, nothing else. Messages are those of protobuf: fields are
attributes, and a dict stands for a message wherever one is given. A refused call raises
grpc.RpcError; `server.explain(error)` reads the google.rpc.Status behind it.
"""

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

# The part of grpc.reflection.v1alpha that is used here, with the field numbers; all that a client
# must know beforehand.
_REFLECTION = {
    'ServerReflectionRequest': [('file_containing_symbol', 4, 'string'),
                                ('list_services', 7, 'string')],
    'ServerReflectionResponse': [('file_descriptor_response', 4, 'FileDescriptorResponse'),
                                 ('list_services_response', 6, 'ListServiceResponse'),
                                 ('error_response', 7, 'ErrorResponse')],
    'FileDescriptorResponse': [('file_descriptor_proto', 1, 'repeated bytes')],
    'ListServiceResponse': [('service', 1, 'repeated ServiceResponse')],
    'ServiceResponse': [('name', 1, 'string')],
    'ErrorResponse': [('error_code', 1, 'int32'), ('error_message', 2, 'string')],
}
_PACKAGE = 'grpc.reflection.v1alpha'
_METHOD = f'/{_PACKAGE}.ServerReflection/ServerReflectionInfo'


def _reflection_messages():
    """The messages above: class by name."""
    field_type = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name='reflection.proto', package=_PACKAGE,
                                              syntax='proto3')
    for message_name, fields in _REFLECTION.items():
        message = file.message_type.add(name=message_name)
        for name, number, kind in fields:
            field = message.field.add(name=name, number=number, label=field_type.LABEL_OPTIONAL)
            if kind.startswith('repeated '):
                field.label = field_type.LABEL_REPEATED
                kind = kind.removeprefix('repeated ')
            if kind in _REFLECTION:
                field.type = field_type.TYPE_MESSAGE
                field.type_name = f'.{_PACKAGE}.{kind}'
            else:
                field.type = getattr(field_type, f'TYPE_{kind.upper()}')
    # A request asks one thing: the fields are a oneof, so that an empty string is sent too.
    request = file.message_type[0]
    request.oneof_decl.add(name='message_request')
    for field in request.field:
        field.oneof_index = 0
    return message_factory.GetMessages([file])


class Reflected:
    """What a server serves, as it tells itself. Types are fetched when they are first used."""

    def __init__(self, channel):
        self._channel = channel
        self._pool = descriptor_pool.DescriptorPool()
        self._factory = message_factory.MessageFactory(self._pool)
        self._files = set()
        messages = _reflection_messages()
        self._question = messages[f'{_PACKAGE}.ServerReflectionRequest']
        self._ask = channel.stream_stream(
            _METHOD,
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=messages[f'{_PACKAGE}.ServerReflectionResponse'].FromString)

    def services(self):
        """Full names of the services."""
        answer = self._reflect(list_services='*')
        return sorted(service.name for service in answer.list_services_response.service)

    def service(self, name):
        """The service of that full name, with its methods as attributes."""
        self._fetch(name)
        return _Service(self, self._pool.FindServiceByName(name))

    def message(self, name):
        """The class of the message of that full name."""
        self._fetch(name)
        return self._class(name)

    def explain(self, error):
        """The google.rpc.Status of a refused call as (status, {type name: detail message})."""
        trailers = dict(error.trailing_metadata())
        status = self.message('google.rpc.Status').FromString(trailers['grpc-status-details-bin'])
        details = {}
        for packed in status.details:
            name = packed.type_url.split('/')[-1]
            details[name] = self.message(name).FromString(packed.value)
        return status, details

    def _reflect(self, **question):
        answer = next(self._ask(iter([self._question(**question)])))
        if answer.HasField('error_response'):
            raise LookupError(f'{question}: {answer.error_response.error_message}')
        return answer

    def _fetch(self, symbol):
        """Adds the file of the symbol, and the files that it imports, to the pool."""
        answer = self._reflect(file_containing_symbol=symbol)
        files = map(descriptor_pb2.FileDescriptorProto.FromString,
                    answer.file_descriptor_response.file_descriptor_proto)
        missing = {file.name: file for file in files if file.name not in self._files}
        while missing:  # Each file after those that it imports.
            name = next(name for name, file in missing.items()
                        if not missing.keys() & set(file.dependency))
            self._pool.Add(missing.pop(name))
            self._files.add(name)

    def _class(self, name):
        return self._factory.GetPrototype(self._pool.FindMessageTypeByName(name))

    def _call(self, method, request):
        call = self._channel.unary_unary(
            f'/{method.containing_service.full_name}/{method.name}',
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=self._factory.GetPrototype(method.output_type).FromString)
        message = self._factory.GetPrototype(method.input_type)()
        json_format.ParseDict(request, message)
        return call(message, timeout=30)


class _Service:
    """Methods of one service: each takes its request's fields and returns its response."""

    def __init__(self, server, descriptor):
        for method in descriptor.methods:
            setattr(self, method.name, self._method(server, method))

    @staticmethod
    def _method(server, method):
        # pylint: disable=protected-access
        return lambda request=None, **fields: server._call(method, {**(request or {}), **fields})
