#!/usr/bin/env python3
"""Writes the pages of this folder from the comments of the protos.

    make.py           writes them anew; ./dev reference
    make.py --check   says which differ from what would be written; exit code 1

Needs protoc and python3-protobuf, as the build does.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

from google.protobuf import descriptor_pb2

FOLDER = pathlib.Path(__file__).resolve().parent
ROOT = FOLDER.parent.parent
# Folder of protos, and what a reader looks for in it. Rows of the views are nobody's interface.
CHAPTERS = (
    ('api', 'Services', 'What a client calls.'),
    ('event', 'Stored events', 'What the log holds, and the history and the feed give.'),
    ('type', 'Values', 'Shared by both.'),
    ('config', 'Configuration', 'What a server is started with.'),
)
_FIELD = descriptor_pb2.FieldDescriptorProto
# Numbers of the fields of descriptor.proto, of which the path to a comment consists.
_MESSAGE, _ENUM, _SERVICE, _NESTED, _MEMBER, _NESTED_ENUM = 4, 5, 6, 3, 2, 4


def read_protos():
    """Descriptors of our files, comments included, by path."""
    paths = sorted(str(path.relative_to(ROOT / 'proto'))
                   for folder, _, _ in CHAPTERS
                   for path in (ROOT / 'proto' / 'goodstanding' / folder).rglob('*.proto'))
    with tempfile.NamedTemporaryFile() as output:
        subprocess.run(['protoc', f'-I{ROOT / "proto"}', '--include_source_info',
                        f'--descriptor_set_out={output.name}', *paths], check=True)
        files = descriptor_pb2.FileDescriptorSet.FromString(pathlib.Path(output.name).read_bytes())
    # Of options there is nothing to be told.
    return {file.name: file for file in sorted(files.file, key=lambda file: file.name)
            if file.service or file.message_type or file.enum_type}


def as_markdown(comment):
    """A comment's paragraphs, with names that stand in code marked as that."""
    paragraphs = re.split(r'\n\s*\n', comment.strip())
    text = '\n\n'.join(' '.join(paragraph.split()) for paragraph in paragraphs)
    text = re.sub(r'([*<|\\])', r'\\\1', text)
    return re.sub(r'(?<![`\w/])([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|[a-z]+(?:_[a-z0-9]+)+)(?![`\w/*(])',
                  r'`\1`', text)


def cell(comment):
    return as_markdown(comment).replace('\n\n', ' ')


class Page:
    """One proto file as a page."""

    def __init__(self, file, pages_of_types):
        self.file, self.pages = file, pages_of_types
        self.comments = {tuple(place.path): place.leading_comments
                         for place in file.source_code_info.location}
        self.lines = []

    def comment(self, *path):
        return self.comments.get(path, '')

    def file_comment(self):
        """What stands above the syntax line."""
        for place in self.file.source_code_info.location:
            if tuple(place.path) == (12,):
                return ''.join([*place.leading_detached_comments, place.leading_comments])
        return ''

    def text(self):
        stem = pathlib.PurePosixPath(self.file.name).stem
        self.add(f'# {stem}', as_markdown(self.file_comment()),
                 f'From [{self.file.name}](../../proto/{self.file.name}); package '
                 f'`{self.file.package}`. Written by `./dev reference`: change the comments there.')
        for i, service in enumerate(self.file.service):
            self.add_service(service, i)
        for i, message in enumerate(self.file.message_type):
            self.add_message(message, (_MESSAGE, i))
        for i, enum in enumerate(self.file.enum_type):
            self.add_enum(enum, (_ENUM, i))
        return '\n\n'.join(self.lines) + '\n'

    def add(self, *paragraphs):
        self.lines += [paragraph for paragraph in paragraphs if paragraph]

    def add_table(self, heads, rows):
        lines = [heads, ['---'] * len(heads), *rows]
        self.add('\n'.join('| ' + ' | '.join(line) + ' |' for line in lines))

    def add_service(self, service, i):
        self.add(f'## {service.name}', as_markdown(self.comment(_SERVICE, i)))
        rows = []
        for k, method in enumerate(service.method):
            stream = ['stream of ' if streams else ''
                      for streams in (method.client_streaming, method.server_streaming)]
            rows.append([f'`{method.name}`', stream[0] + self.link(method.input_type),
                         stream[1] + self.link(method.output_type),
                         cell(self.comment(_SERVICE, i, _MEMBER, k))])
        self.add_table(['Method', 'Takes', 'Gives', 'Does'], rows)

    def add_message(self, message, path, outer=''):
        name = outer + message.name
        self.add(f'## {name}', as_markdown(self.comment(*path)))
        rows = []
        for k, field in enumerate(message.field):
            rows.append([str(field.number), f'`{field.name}`', self.type_of(field, message),
                         cell(self.comment(*path, _MEMBER, k))])
        if rows:
            self.add_table(['', 'Field', 'Type', 'Meaning'], rows)
        for k, nested in enumerate(message.nested_type):
            self.add_message(nested, (*path, _NESTED, k), f'{name}.')
        for k, enum in enumerate(message.enum_type):
            self.add_enum(enum, (*path, _NESTED_ENUM, k), f'{name}.')

    def add_enum(self, enum, path, outer=''):
        self.add(f'## {outer}{enum.name}', as_markdown(self.comment(*path)))
        self.add_table(['', 'Value', 'Meaning'],
                       [[str(value.number), f'`{value.name}`', cell(self.comment(*path, _MEMBER, k))]
                        for k, value in enumerate(enum.value)])

    def type_of(self, field, message):
        name = (self.link(field.type_name) if field.type_name
                else _FIELD.Type.Name(field.type).removeprefix('TYPE_').lower())
        if field.label == _FIELD.LABEL_REPEATED:
            return f'{name}, repeated'
        if field.proto3_optional:
            return f'{name}, optional'
        if field.HasField('oneof_index'):
            return f'{name}, one of `{message.oneof_decl[field.oneof_index].name}`'
        return name

    def link(self, type_name):
        """To the type, where it is ours."""
        full = type_name.removeprefix('.')
        short = full.split('.v1.')[-1]
        page = self.pages.get(full)
        if page is None:
            return f'`{full}`'
        return f'[{short}]({page}#{short.lower().replace(".", "")})'


def page_name(path):
    return f'{pathlib.PurePosixPath(path).stem}.md'


def types_in(scope, prefix):
    for message in scope.message_type if hasattr(scope, 'message_type') else scope.nested_type:
        yield f'{prefix}.{message.name}'
        yield from types_in(message, f'{prefix}.{message.name}')
    for enum in scope.enum_type:
        yield f'{prefix}.{enum.name}'


_INDEX = '''# Reference

What each thing is, exactly. The pages here are written from the comments of the protos.
'''
_ELSEWHERE = '''
## Elsewhere

- [events.md](../events.md): every kind of event, who causes it, and the words we use
- [errors.md](../errors.md): every reason of refusal, and what would be accepted
- [operations.md](../operations.md#start): options of the server; [metrics](../operations.md#metrics)
- [security.md](../security.md#who-may-do-what): roles and what they may
- [dossier.md](../dossier.md), [storage.md](../storage.md): formats of files
- Commands of the program: `goodstanding COMMAND --help`, or `man goodstanding` where the package is
  installed
'''


def index_page(files):
    text = _INDEX
    for folder, title, what in CHAPTERS:
        text += f'\n## {title}\n\n{what}\n\n'
        for path, file in files.items():
            if path.startswith(f'goodstanding/{folder}/'):
                comment = as_markdown(Page(file, {}).file_comment())
                first = re.match(r'.*?[.:](?=\s|$)', comment, re.DOTALL)
                sentence = first[0].rstrip('.:') if first else ''
                text += f'- [{pathlib.PurePosixPath(path).stem}]({page_name(path)}): {sentence}\n'
    return text + _ELSEWHERE


def all_pages():
    """Text of each page by its name."""
    files = read_protos()
    pages_of_types = {name: page_name(path) for path, file in files.items()
                      for name in types_in(file, file.package)}
    pages = {page_name(path): Page(file, pages_of_types).text() for path, file in files.items()}
    return {**pages, 'README.md': index_page(files)}


def main():
    pages = all_pages()
    there = {path.name: path.read_text(encoding='utf-8') for path in FOLDER.glob('*.md')}
    if sys.argv[1:] == ['--check']:
        stale = sorted(name for name in pages.keys() | there.keys()
                       if pages.get(name) != there.get(name))
        for name in stale:
            print(f'docs/reference/{name} is not what the protos say; run ./dev reference')
        print(f'{len(pages)} pages')
        return 1 if stale else 0
    for name in there.keys() - pages.keys():
        (FOLDER / name).unlink()
    for name, text in pages.items():
        (FOLDER / name).write_text(text, encoding='utf-8')
    return 0


if __name__ == '__main__':
    sys.exit(main())
