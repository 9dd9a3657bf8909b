#!/usr/bin/env python3
"""The house rules, as a test: layers, banned calls, lengths, commented protos, clean files, links.

tidy.py ROOT         checks the tree below ROOT, prints each finding, exits 1 if there is one.
tidy.py --self-test  checks every rule on small samples: one that it must find, one that it must not.

Reads text only, so it runs in a second and needs nothing built. What a compiler must know
(ownership, casts, naming) is clang-tidy's part.
"""

import os
import re
import shutil
import subprocess
import sys
from typing import Callable, Iterable, NamedTuple

MAX_COLUMNS = 100
MAX_FUNCTION_LINES = 70


class Finding(NamedTuple):
    path: str
    line: int
    rule: str
    message: str


class Source(NamedTuple):
    path: str  # Relative to the root, with slashes.
    text: str
    code: str  # The text with comments and literals blanked, line by line as long.


# ---------------------------------------------------------------------------------------------
# Reading C++ and proto text.

_TOKEN = re.compile(
    r'//[^\n]*'
    r'|/\*.*?\*/'
    r'|\bR"(?P<tag>[^()\\ ]*)\(.*?\)(?P=tag)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9A-Za-z_])'(?:\\.|[^'\\\n])+'",
    re.DOTALL)
_INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)


def blank_comments_and_literals(text: str) -> str:
    """Replaces them by spaces, keeping newlines, so that positions stay. Includes are kept."""

    def blank(match: re.Match) -> str:
        token = match.group(0)
        line_start = text.rfind('\n', 0, match.start()) + 1
        if token[0] == '"' and text[line_start:match.start()].lstrip().startswith('#'):
            return token
        return re.sub(r'[^\n]', ' ', token)

    return _TOKEN.sub(blank, text)


def line_of(text: str, position: int) -> int:
    return text.count('\n', 0, position) + 1


def in_folder(path: str, *folders: str) -> bool:
    return any(path.startswith(folder + '/') for folder in folders)


def is_cpp(path: str) -> bool:
    return path.endswith(('.h', '.cc'))


# ---------------------------------------------------------------------------------------------
# Layers and includes.

STORED_PROTOS = ('goodstanding/type/', 'goodstanding/event/')
# What a folder may include of ours. Tests may include everything.
LAYERS = {
    'base': ('base/',),
    'domain': ('base/', 'domain/') + STORED_PROTOS,
    'eventstore': ('base/', 'eventstore/') + STORED_PROTOS,
    # Shares nothing with what it checks.
    'verify': ('base/', 'verify/'),
    'projections': ('base/', 'domain/', 'eventstore/', 'projections/',
                    'goodstanding/view/') + STORED_PROTOS,
    'services': ('base/', 'domain/', 'eventstore/', 'projections/', 'verify/', 'services/',
                 'goodstanding/'),
}
OUR_INCLUDES = ('base/', 'domain/', 'eventstore/', 'verify/', 'projections/', 'services/', 'tools/',
                'tests/', 'goodstanding/')

# Where a library's headers may be included: its home folders and the tests of those.
ROCKSDB_HOMES = ('eventstore', 'verify', 'projections', 'tests/eventstore', 'tests/verify',
                 'tests/projections', 'tests/services', 'tests/support', 'tests/crash',
                 'tests/simulation', 'tests/bench', 'tests/fuzz')
GRPC_HOMES = ('services', 'tools', 'tests/services', 'tests/tools', 'tests/support', 'tests/crash',
              'tests/simulation', 'tests/interop', 'tests/bench')
JSON_OBJECT = 'base/json_object.h'


def is_grpc_header(header: str) -> bool:
    return header.startswith(('grpc/', 'grpcpp/')) or header.endswith('.grpc.pb.h')


def check_includes(source: Source) -> Iterable[Finding]:
    if not is_cpp(source.path):
        return
    layer = source.path.split('/')[0]
    for match in _INCLUDE.finditer(source.code):
        header, line = match.group(1), line_of(source.code, match.start(1))
        if layer in LAYERS and header.startswith(OUR_INCLUDES) and not header.startswith(
                LAYERS[layer]):
            yield Finding(source.path, line, 'layers', f'{layer}/ may not include "{header}"')
        if header.startswith('rocksdb/') and not in_folder(source.path, *ROCKSDB_HOMES):
            yield Finding(source.path, line, 'rocksdb', f'<{header}> belongs below the event store')
        if is_grpc_header(header) and not in_folder(source.path, *GRPC_HOMES):
            yield Finding(source.path, line, 'grpc', f'<{header}> belongs in services/ and tools/')
        if header == 'google/protobuf/struct.pb.h' and source.path != JSON_OBJECT:
            yield Finding(source.path, line, 'map', f'include "{JSON_OBJECT}", which says why')


# ---------------------------------------------------------------------------------------------
# Banned words.


class Ban(NamedTuple):
    rule: str
    pattern: re.Pattern
    applies: Callable[[str], bool]
    instead: str


BANS = (
    Ban('clock',
        re.compile(r'\babsl::Now\b|\bGetCurrentTimeNanos\b|\bsystem_clock\b(?!\.h)|\bgettimeofday\b'
                   r'|\bCLOCK_REALTIME\b|(?<![.>\w])time\((?:0|NULL|nullptr|&)'),
        lambda path: is_cpp(path) and path != 'base/clock.h',
        'take a Clock (base/clock.h)'),
    Ban('exact',
        re.compile(r'\b(?:float|double)\b'),
        lambda path: in_folder(path, 'domain', 'proto/goodstanding'),
        'amounts are whole numbers of their smallest unit'),
    Ban('proto-types',
        re.compile(r'\bmap\s*<|\buint(?:32|64)\b|\bs?fixed(?:32|64)\b'),
        lambda path: in_folder(path, 'proto/goodstanding'),
        'use repeated messages and int32 or int64'),
    Ban('mutex',
        re.compile(r'\babsl::(?:Mutex|CondVar)\b'),
        is_cpp,
        'use base/mutex.h, which ThreadSanitizer understands'),
    Ban('string-view',
        re.compile(r'\bstd::string_view\b'),
        is_cpp,
        'use absl::string_view, which is another type here'),
    Ban('unordered-map',
        re.compile(r'\bstd::unordered_(?:map|set)\b'),
        lambda path: path.endswith('.h'),
        'use std::map where the order shows, absl::flat_hash_map where it does not'),
    Ban('time-zone',
        re.compile(r'\bLoadTimeZone\b'),
        lambda path: is_cpp(path) and not in_folder(path, 'services', 'tests'),
        'the command edge in services/ resolves days and instants'),
    Ban('sleep',
        re.compile(r'\bsleep_(?:for|until)\b|\bSleepFor\b|(?<![.>\w])(?:u|nano)?sleep\('),
        is_cpp,
        'wait for a position or a signal'),
    Ban('exceptions',
        re.compile(r'\bthrow\b|\btry\s*\{|\bcatch\s*\('),
        lambda path: is_cpp(path) and in_folder(path, 'base', 'domain', 'eventstore', 'verify',
                                                'projections', 'services'),
        'return absl::Status'),
    Ban('skipped-test',
        re.compile(r'\bDISABLED_\w|\bGTEST_SKIP\b'),
        # Only root can mount the disk that this one fills.
        lambda path: (in_folder(path, 'tests') and is_cpp(path) and
                      path != 'tests/eventstore/full_disk_test.cc'),
        'a test runs or is not there'),
)


def check_bans(source: Source) -> Iterable[Finding]:
    for ban in BANS:
        if not ban.applies(source.path):
            continue
        for match in ban.pattern.finditer(source.code):
            yield Finding(source.path, line_of(source.code, match.start()), ban.rule,
                          f'"{match.group(0).strip()}": {ban.instead}')


# Built so that this file does not break its own rule.
_UNTIDY = re.compile(r'\b(?:TO[D]O|FIX[M]E)\b|(?:^|[^\w.])/(?:wor[k]|roo[t])/', re.MULTILINE)


def check_tracked_text(path: str, text: str) -> Iterable[Finding]:
    for match in _UNTIDY.finditer(text):
        yield Finding(path, line_of(text, match.end() - 1), 'untidy',
                      f'"{match.group(0).strip()}" stays out of tracked files')


# ---------------------------------------------------------------------------------------------
# Documents.

_CODE_IN_TEXT = re.compile(r'^```.*?^```|`[^`\n]*`', re.DOTALL | re.MULTILINE)
_LINK = re.compile(r'\]\(([^)\s]+)\)')


def check_links(path: str, text: str, exists: Callable[[str], bool]) -> Iterable[Finding]:
    """Relative links lead to a file or folder below the root; paths given to exists() start there."""
    text = _CODE_IN_TEXT.sub(lambda match: re.sub(r'[^\n]', ' ', match.group(0)), text)
    for match in _LINK.finditer(text):
        target = match.group(1).split('#')[0]
        if not target or re.match(r'[a-z]+:', target):
            continue
        place = os.path.normpath(os.path.join(os.path.dirname(path), target))
        if place.startswith('..') or not exists(place):
            yield Finding(path, line_of(text, match.start()), 'links', f'"{target}" is not there')


# ---------------------------------------------------------------------------------------------
# Form of a source file.


def check_line_length(source: Source) -> Iterable[Finding]:
    for number, line in enumerate(source.text.split('\n'), 1):
        if len(line) > MAX_COLUMNS:
            yield Finding(source.path, number, 'line-length',
                          f'{len(line)} columns; at most {MAX_COLUMNS}')


def check_header_guard(source: Source) -> Iterable[Finding]:
    if not source.path.endswith('.h'):
        return
    guard = 'GOODSTANDING_' + re.sub(r'[^A-Za-z0-9]', '_', source.path).upper() + '_'
    if f'#ifndef {guard}\n#define {guard}\n' not in source.text:
        yield Finding(source.path, 1, 'header-guard', f'the guard is {guard}')


_NOT_A_FUNCTION = re.compile(
    r'^(?:(?:inline|export)\s+)?(?:namespace|extern|class|struct|union|enum|if|for|while|switch|do'
    r'|else)\b')
_FUNCTION_HEAD = re.compile(
    r'\)\s*(?:const|noexcept|override|final|mutable|&&?|\s)*(?:->\s*[\w:<>,\s*&]+)?$'
    r'|\)\s*(?:ABSL_\w+\([^()]*\)\s*)+$'
    r'|\)\s*(?:noexcept\s*)?:\s*\w[\w:<>]*[({].*$', re.DOTALL)


def blank_preprocessor(code: str) -> str:
    return re.sub(r'^[ \t]*#(?:[^\n]*\\\n)*[^\n]*',
                  lambda match: re.sub(r'[^\n]', ' ', match.group(0)), code, flags=re.MULTILINE)


def looks_like_function(head: str) -> bool:
    head = re.sub(r'^\s*template\s*<[^{}]*?>\s*(?=\w)', '', head.strip(), flags=re.DOTALL)
    head = re.sub(r'^(?:(?:public|private|protected)\s*:\s*)+', '', head)
    return bool(_FUNCTION_HEAD.search(head)) and not _NOT_A_FUNCTION.match(head)


_INITIALIZER_LIST = re.compile(r'\)\s*(?:noexcept\s*)?:\s*\w.*[\w>]$', re.DOTALL)


def function_bodies(code: str) -> Iterable[tuple[int, int]]:
    """Yields the positions of the braces of each outermost function body."""
    code = blank_preprocessor(code)
    stack: list[str] = []  # For each open brace: what it opened.
    function_begin = -1
    head_begin = 0
    for match in re.finditer(r'[{};]', code):
        character, position = match.group(0), match.start()
        closed = ''
        if character == '{':
            head = code[head_begin:position]
            if function_begin < 0 and _INITIALIZER_LIST.search(head):
                stack.append('initializer')
                continue
            if function_begin < 0 and looks_like_function(head):
                function_begin = position
                stack.append('function')
            else:
                stack.append('block')
        elif character == '}' and stack:
            closed = stack.pop()
            if closed == 'initializer':
                continue
        if closed == 'function':
            yield function_begin, position
            function_begin = -1
        head_begin = position + 1


_TABLE = re.compile(r'\s*static const auto\* const k\w+ = new std::vector<')


def check_function_length(source: Source) -> Iterable[Finding]:
    if not is_cpp(source.path):
        return
    for begin, end in function_bodies(source.code):
        lines = source.code.count('\n', begin, end) - 1
        # A test's table of cases is as long as its cases are many.
        table = _TABLE.match(source.code, begin + 1)
        if lines > MAX_FUNCTION_LINES and not (table and in_folder(source.path, 'tests')):
            yield Finding(source.path, line_of(source.code, begin), 'function-length',
                          f'a body of {lines} lines; at most {MAX_FUNCTION_LINES}')


# ---------------------------------------------------------------------------------------------
# Protos.


class ProtoElement(NamedTuple):
    kind: str  # message, enum, service, rpc, oneof, extend, field, value
    statement: str
    line: int
    blocks: tuple[str, ...]  # The blocks around it, for example ("message X", "oneof event").


_BLOCK = re.compile(r'(message|enum|service|oneof|extend|rpc)\s+([\w.]+)')
_FIELD = re.compile(r'(?:repeated\s+|optional\s+)?[\w.]+\s+\w+\s*=\s*\d+')
_VALUE = re.compile(r'\w+\s*=\s*-?\d+')


def proto_element(statement: str, line: int, blocks: tuple[str, ...]) -> ProtoElement | None:
    block = _BLOCK.match(statement)
    if block and not re.match(r'\w+\s+\w+\s*=', statement):
        return ProtoElement(block.group(1), statement, line, blocks)
    if blocks and blocks[-1].startswith('enum ') and _VALUE.match(statement):
        return ProtoElement('value', statement, line, blocks)
    if blocks and _FIELD.match(statement) and not re.match(r'option\b|reserved\b', statement):
        return ProtoElement('field', statement, line, blocks)
    return None


def proto_elements(code: str) -> Iterable[ProtoElement]:
    blocks: list[str] = []
    begin, brackets = 0, 0
    for match in re.finditer(r'[{};\[\]]', code):
        character = match.group(0)
        if character in '[]':
            brackets += 1 if character == '[' else -1
            continue
        if brackets:
            continue
        raw = code[begin:match.start()]
        statement = ' '.join(raw.split())
        line = line_of(code, begin + len(raw) - len(raw.lstrip()))
        element = proto_element(statement, line, tuple(blocks)) if statement else None
        if element:
            yield element
        if character == '{':
            block = _BLOCK.match(statement)
            blocks.append(f'{block.group(1)} {block.group(2)}' if block else statement)
        elif character == '}' and blocks:
            blocks.pop()
        begin = match.end()


def names_itself(element: ProtoElement) -> bool:
    """A member of the oneof of an event: the message that it holds carries the comment."""
    return (len(element.blocks) >= 2 and element.blocks[-1].startswith('oneof ') and
            element.blocks[-2].endswith('Event'))


def check_proto_comments(source: Source) -> Iterable[Finding]:
    if not source.path.endswith('.proto'):
        return
    lines = source.text.split('\n')
    for element in proto_elements(source.code):
        if element.kind in ('oneof', 'extend') or names_itself(element):
            continue
        above = lines[element.line - 2].strip() if element.line >= 2 else ''
        if not above.startswith('//'):
            yield Finding(source.path, element.line, 'proto-comment',
                          f'no comment above "{element.statement}"')


_TEXT_FIELD = re.compile(r'(?:repeated |optional )?(string|bytes) ')
_PERSONAL = re.compile(r'\((?:goodstanding\.type\.v1\.)?personal\) = (true|false)')


def check_personal_option(source: Source) -> Iterable[Finding]:
    if not in_folder(source.path, 'proto/goodstanding/event', 'proto/goodstanding/type'):
        return
    for element in proto_elements(source.code):
        text_field = _TEXT_FIELD.match(element.statement)
        if element.kind != 'field' or not text_field:
            continue
        personal = _PERSONAL.search(element.statement)
        if not personal:
            yield Finding(source.path, element.line, 'personal',
                          f'does not say whether it is personal: "{element.statement}"')
        elif personal.group(1) == 'true' and text_field.group(1) != 'bytes':
            yield Finding(source.path, element.line, 'personal',
                          f'a personal field is sealed, so it is bytes: "{element.statement}"')


# ---------------------------------------------------------------------------------------------
# The whole tree.

SOURCE_CHECKS = (check_includes, check_bans, check_line_length, check_header_guard,
                 check_function_length, check_proto_comments, check_personal_option)


def check_source(path: str, text: str) -> Iterable[Finding]:
    source = Source(path, text, blank_comments_and_literals(text))
    for check in SOURCE_CHECKS:
        yield from check(source)


def tree_files(root: str) -> list[str]:
    """The files that are tracked or could be; without git, all but build/ and hidden folders."""
    listing = None
    if shutil.which('git') and os.path.exists(os.path.join(root, '.git')):
        listing = subprocess.run(
            ['git', '-C', root, 'ls-files', '-z', '--cached', '--others', '--exclude-standard'],
            capture_output=True, check=False)
    if listing and listing.returncode == 0:
        names = {name for name in listing.stdout.decode().split('\0') if name}
    else:
        names = set()
        for folder, folders, files in os.walk(root):
            folders[:] = [f for f in folders if f not in ('.git', 'build', '__pycache__')]
            names.update(os.path.relpath(os.path.join(folder, f), root) for f in files)
    return sorted(name for name in names if os.path.isfile(os.path.join(root, name)))


def check_file(root: str, path: str) -> Iterable[Finding]:
    with open(os.path.join(root, path), 'rb') as file:
        data = file.read()
    if b'\0' in data:
        return
    text = data.decode('utf-8', errors='replace')
    yield from check_tracked_text(path, text)
    if path.endswith('.md'):
        yield from check_links(path, text, lambda name: os.path.exists(os.path.join(root, name)))
    if path.endswith(('.h', '.cc', '.proto')):
        yield from check_source(path, text)


def yaml_files(folder: str) -> dict[str, bytes]:
    contents = {}
    for parent, _, files in os.walk(folder):
        for name in files:
            if name.endswith('.yaml'):
                path = os.path.join(parent, name)
                with open(path, 'rb') as file:
                    contents[os.path.relpath(path, folder)] = file.read()
    return contents


def check_scenarios(root: str) -> Iterable[Finding]:
    """The board's scenarios, where they lie beside the tree, and our copies are the same."""
    theirs_folder = os.path.join(root, '..', 'shared', 'scenarios')
    if not os.path.isdir(theirs_folder):
        return
    ours, theirs = yaml_files(os.path.join(root, 'tests', 'scenarios')), yaml_files(theirs_folder)
    for name, content in sorted(theirs.items()):
        if ours.get(name) != content:
            yield Finding(f'tests/scenarios/{name}', 1, 'scenarios',
                          'differs from the board\'s' if name in ours else 'is missing')


def check_tree(root: str) -> list[Finding]:
    findings = [finding for path in tree_files(root) for finding in check_file(root, path)]
    findings.extend(check_scenarios(root))
    return findings


# ---------------------------------------------------------------------------------------------
# Self-test.

_GUARDED = '#ifndef GOODSTANDING_{0}_\n#define GOODSTANDING_{0}_\n{1}\n#endif\n'


def _body(lines: int) -> str:
    return '  Step();\n' * lines


# Path, text, and the rules that it must break, once each.
SAMPLES = (
    ('domain/fees.cc', '#include "base/check.h"\n#include "goodstanding/type/v1/values.pb.h"\n', []),
    ('domain/fees.cc', '#include "eventstore/event_store.h"\n', ['layers']),
    ('eventstore/a.cc', '#include "domain/fees.h"\n', ['layers']),
    ('base/a.cc', '#include "goodstanding/type/v1/values.pb.h"\n', ['layers']),
    ('projections/a.cc', '#include "goodstanding/api/v1/common.pb.h"\n', ['layers']),
    ('projections/a.cc', '#include "domain/fees.h"\n#include "eventstore/event_store.h"\n', []),
    ('services/a.cc', '#include "tools/client.h"\n', ['layers']),
    ('services/a.cc', '// #include "tools/client.h"\n', []),
    ('tests/domain/a.cc', '#include "domain/fees.h"\n#include "tests/support/a.h"\n', []),
    ('services/a.cc', '#include "rocksdb/db.h"\n', ['rocksdb']),
    ('tests/eventstore/a.cc', '#include <rocksdb/db.h>\n', []),
    ('projections/a.cc', '#include <grpcpp/grpcpp.h>\n', ['grpc']),
    ('tests/domain/a.cc', '#include "goodstanding/api/v1/query_service.grpc.pb.h"\n', ['grpc']),
    ('tools/a.cc', '#include <grpcpp/grpcpp.h>\n', []),
    ('services/a.cc', 'auto now = absl::Now();\n', ['clock']),
    ('tools/a.cc', 'auto now = std::chrono::system_clock::now();\n', ['clock']),
    ('tools/a.cc', 'const auto now = time(nullptr);\n', ['clock']),
    ('tools/a.cc', 'int x = event.record_time(); int y = row.time(0); absl::Time time(t);\n', []),
    ('tools/a.cc', 'const char* s = "absl::Now";  // absl::Now\n', []),
    ('base/clock.h', _GUARDED.format('BASE_CLOCK_H', 'return absl::Now();'), []),
    ('domain/a.cc', 'double credits = 0;\n', ['exact']),
    ('domain/a.cc', '// A double counting.\nint doubled = 1;\n', []),
    ('services/a.cc', 'double seconds = 0;\n', []),
    ('proto/goodstanding/api/v1/a.proto', '// A.\nmessage A {\n  // B.\n  float b = 1;\n}\n',
     ['exact']),
    ('proto/goodstanding/api/v1/a.proto', '// A.\nmessage A {\n  // B.\n  uint64 b = 1;\n}\n',
     ['proto-types']),
    ('services/a.cc', 'absl::Mutex mutex;\n', ['mutex']),
    ('services/a.cc', 'Mutex mutex; absl::MutexLockFake x;\n', []),
    ('services/a.cc', 'void F(std::string_view text);\n', ['string-view']),
    ('services/a.cc', 'void F(absl::string_view text);\n', []),
    ('services/a.h', _GUARDED.format('SERVICES_A_H', 'std::unordered_map<int, int> m;'),
     ['unordered-map']),
    ('services/a.cc', 'std::unordered_map<int, int> m;\n', []),
    ('domain/a.cc', 'absl::LoadTimeZone(name, &zone);\n', ['time-zone']),
    ('services/a.cc', 'absl::LoadTimeZone(name, &zone);\n', []),
    ('tests/services/a.cc', 'std::this_thread::sleep_for(delay);\n', ['sleep']),
    ('tests/services/a.cc', 'clock.nap(1); NoSleep(2);\n', []),
    ('domain/a.cc', 'throw 1;\n', ['exceptions']),
    ('tools/a.cc', 'try { F(); } catch (int) {}\n', []),
    ('tests/domain/a.cc', 'TEST(A, DISABLED_B) {}\n', ['skipped-test']),
    ('tests/domain/a.cc', 'TEST(A, B) {}\n', []),
    ('services/a.cc', '/' * (MAX_COLUMNS + 1) + '\n', ['line-length']),
    ('services/a.cc', '/' * MAX_COLUMNS + '\n// ' + 'ä' * (MAX_COLUMNS - 3) + '\n', []),
    ('services/a.h', '#pragma once\n', ['header-guard']),
    ('services/a.h', _GUARDED.format('SERVICES_A_H', ''), []),
    ('tools/a.cc', 'int F() {\n' + _body(MAX_FUNCTION_LINES + 1) + '}\n', ['function-length']),
    ('tools/a.cc', 'int F() {\n' + _body(MAX_FUNCTION_LINES) + '}\n', []),
    ('tests/a.cc', 'const V& F() {\n  static const auto* const kRows = new std::vector<A>{\n' +
     _body(MAX_FUNCTION_LINES) + '};\n}\n', []),
    ('tests/a.cc', 'int F() {\n' + _body(MAX_FUNCTION_LINES + 1) + '}\n', ['function-length']),
    ('projections/a.cc', '#include "goodstanding/view/v1/rows.pb.h"\n', []),
    ('eventstore/a.cc', '#include "rocksdb/system_clock.h"\n', []),
    ('tools/a.cc', 'namespace a {\nclass B {\n public:\n  template <typename T>\n  auto F(T t) const '
     '-> std::map<int, T> {\n' + _body(MAX_FUNCTION_LINES + 1) + '  }\n};\n}\n',
     ['function-length']),
    ('tools/a.cc', 'A::A(int b) : b_(b), c_{1} {\n' + _body(MAX_FUNCTION_LINES + 1) + '}\n',
     ['function-length']),
    ('tools/a.cc', 'namespace {\n' + 'int f() { return "{"[0]; }\n' * 80 + '}\n', []),
    ('tools/a.cc', 'struct A {\n' + '  int b = 0;\n' * 80 + '};\n', []),
    ('tools/a.cc', 'void F() {\n  if (a) {\n' + _body(69) + '  }\n}\n', ['function-length']),
    ('proto/goodstanding/api/v1/a.proto', 'message A {}\n', ['proto-comment']),
    ('proto/goodstanding/api/v1/a.proto', '// A.\nmessage A {\n  int32 b = 1;\n}\n',
     ['proto-comment']),
    ('proto/goodstanding/api/v1/a.proto', '// A.\nenum A {\n  B = 0;\n}\n', ['proto-comment']),
    ('proto/goodstanding/api/v1/a.proto',
     '// S.\nservice S {\n  // F.\n  rpc F(A) returns (B);\n  rpc G(A) returns (stream B) {}\n}\n',
     ['proto-comment']),
    ('proto/goodstanding/api/v1/a.proto',
     '// A.\nmessage A {\n  reserved 2, 3;\n  oneof b {\n    // C.\n    string c =\n        1;\n  }\n}\n',
     []),
    ('proto/goodstanding/api/v1/a.proto', '// A.\nmessage A {\n  oneof b {\n    string c = 1;\n  }\n}\n',
     ['proto-comment']),
    ('proto/goodstanding/event/v1/a.proto',
     '// A.\nmessage AEvent {\n  oneof event {\n    B b = 1;\n    C c = 2;\n  }\n}\n', []),
    ('proto/goodstanding/event/v1/a.proto', '// A.\nmessage A {\n  // B.\n  string b = 1;\n}\n',
     ['personal']),
    ('proto/goodstanding/type/v1/a.proto',
     '// A.\nmessage A {\n  // B.\n  repeated bytes b = 1\n      [(personal) = true];\n'
     '  // C.\n  string c = 2 [(goodstanding.type.v1.personal) = false];\n}\n', []),
    ('proto/goodstanding/event/v1/a.proto',
     '// A.\nmessage A {\n  // B.\n  string b = 1 [(goodstanding.type.v1.personal) = true];\n}\n',
     ['personal']),
    ('proto/goodstanding/api/v1/a.proto', '// A.\nmessage A {\n  // B.\n  string b = 1;\n}\n', []),
)

TEXT_SAMPLES = (
    ('see /wor' + 'k/main', ['untidy']),
    ('# TO' + 'DO later', ['untidy']),
    ('FIX' + 'ME', ['untidy']),
    ('the /workshop and ./wor' + 'k/ and a/wor' + 'k/b and todos', []),
)

# Links in docs/a.md, where README.md and docs/b.md are there.
LINK_SAMPLES = (
    ('[b](b.md#part), [r](../README.md), [docs](../docs) and [top](#part)', []),
    ('[web](https://example.org/a.md), `[c](c.md)`\n```\n[c](c.md)\n```\n', []),
    ('[c](c.md)', ['links']),
    ('[r](README.md#part)', ['links']),
    ('[out](../../README.md)', ['links']),
)


def self_test() -> int:
    failures = 0
    results = [(text, rules, [f.rule for f in check_source(path, text)])
               for path, text, rules in SAMPLES]
    results += [(text, rules, [f.rule for f in check_tracked_text('README.md', text)])
                for text, rules in TEXT_SAMPLES]
    there = ('README.md', 'docs', 'docs/b.md')
    results += [(text, rules, [f.rule for f in check_links('docs/a.md', text, there.__contains__)])
                for text, rules in LINK_SAMPLES]
    for text, expected, found in results:
        if found != expected:
            failures += 1
            print(f'expected {expected}, found {found} in:\n{text[:400]}')
    tested = {rule for _, rules, _ in results for rule in rules}
    for ban in BANS:
        if ban.rule not in tested:
            failures += 1
            print(f'no sample breaks the rule "{ban.rule}"')
    print(f'{len(results)} samples, {failures} failures')
    return 1 if failures else 0


def main(arguments: list[str]) -> int:
    if arguments == ['--self-test']:
        return self_test()
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    findings = check_tree(arguments[0])
    for finding in findings:
        print(f'{finding.path}:{finding.line}: [{finding.rule}] {finding.message}')
    print(f'{len(findings)} findings')
    return 1 if findings else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
