#!/usr/bin/env python3
"""Plants one fault after the other in the rules, and sees whether the tests catch it.

    mutate.py BUILD [--list] [--files GLOB] [--limit N] [--tests NAMES]
                    [--folder FOLDER] [--jobs N]

BUILD is a build folder in which domain_test and scenarios_test were built. Planted are:

- in domain/*.cc: each comparison is shifted by its boundary (< and <=) and turned round (< and >=,
  == and !=); each whole number that is added, taken away or named as a constant is one more and one
  less. Loop conditions are left out, where a fault is one of memory (the sanitizers' part), and
  so are GS_CHECKs, which never fail.
- in deploy/rules/namss-2025.textproto: each figure is a little more and a little less, each flag
  the other way round, each holiday a day later.

All mutants of the code are in one build: mutant.h chooses among them when the tests run. A mutant is
caught where domain_test fails, or else scenarios_test; or where they crash, or do not end. Prints
each mutant with its place, and who caught it; exit code 1 where one survives that equivalent.txt
does not explain.
"""

import argparse
import concurrent.futures
import datetime
import fnmatch
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
from typing import NamedTuple

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
RULES = 'deploy/rules/namss-2025.textproto'
TESTS = ('domain_test', 'scenarios_test')
SECONDS = {'domain_test': 60, 'scenarios_test': 900}

sys.path.insert(0, str(ROOT / 'tests' / 'tidy'))
from tidy import blank_comments_and_literals  # pylint: disable=wrong-import-position


class Mutant(NamedTuple):
    path: str
    line: int
    text: str  # The line as it is.
    change: str  # For example "< to <=".
    number: int = 0  # In code: what mutant.h knows it by.
    rules: str = ''  # In the rule set: the whole mutated file.


# ---------------------------------------------------------------------------------------------
# Code.

_OPERATORS = {
    '<': ('Less', ('<=', '>=')),
    '<=': ('LessEqual', ('<', '>')),
    '>': ('Greater', ('>=', '<=')),
    '>=': ('GreaterEqual', ('>', '<')),
    '==': ('Equal', ('!=',)),
    '!=': ('NotEqual', ('==',)),
}
_COMPARISON = re.compile(r'(?<=[^\s]) (<=|>=|==|!=|<|>)(?=[ \n])')
_ADDED = re.compile(r"(?<=[\w)\]] [+-] )(\d[\d']*)\b(?![.\w])")
_CONSTANT = re.compile(r"\bconstexpr (\w+) (k(?!\w+Per[A-Z])\w+) = (\d[\d']*);")  # No units of measure.
_LEFT_OUT = re.compile(r'\bfor \(|GS_CHECK|static_assert|^\s*#|\boperator\s*[<>=!]')


def figures_in(line):
    """Of each whole number: its digits, the span to be replaced, what comes before and behind."""
    constant = _CONSTANT.search(line)
    if constant:
        of, name, digits = constant.groups()
        return [(digits, *constant.span(), f'const {of} {name} = ', f'{of}{{{digits}}});')]
    return [(match[1], *match.span(1), '', f'{match[1]})') for match in _ADDED.finditer(line)]


def mutate_code(path, text, number):
    """(mutated text, its mutants), numbered from `number` on."""
    code = blank_comments_and_literals(text)
    lines, code_lines = text.split('\n'), code.split('\n')
    mutants, edits = [], []  # An edit: (line index, begin, end, text put there).
    for i, line in enumerate(code_lines):
        if _LEFT_OUT.search(line):
            continue
        whole = line + '\n'
        for match in _COMPARISON.finditer(whole):
            name, others = _OPERATORS[match[1]]
            sign = match[1]
            edits.append((i, match.start(1), match.end(1),
                          f'{sign} ::goodstanding::mutation::{name}({number}) {sign}'))
            for offset, other in enumerate(others):
                mutants.append(Mutant(path, i + 1, lines[i].strip(), f'{sign} to {other}',
                                      number + offset))
            number += 2
        for digits, begin, end, before, after in figures_in(whole):
            value = int(digits.replace("'", ''))
            edits.append((i, begin, end, f'{before}::goodstanding::mutation::Figure('
                                         f'{number}, {after}'))
            for offset, other in enumerate((value + 1, value - 1)):
                mutants.append(Mutant(path, i + 1, lines[i].strip(), f'{value} to {other}',
                                      number + offset))
            number += 2
    for i, begin, end, put in sorted(edits, reverse=True):
        lines[i] = lines[i][:begin] + put + lines[i][end:]
    return '\n'.join(lines), numbered_within_lines(mutants)


def numbered_within_lines(mutants):
    """Tells the same change apart where a line has it twice."""
    seen, told = {}, []
    for mutant in mutants:
        key = (mutant.line, mutant.change)
        seen[key] = seen.get(key, 0) + 1
        nth = f' ({seen[key]})' if seen[key] > 1 else ''
        told.append(mutant._replace(change=mutant.change + nth))
    return told


# ---------------------------------------------------------------------------------------------
# The rule set.


def shifted_day(text, days):
    day = datetime.date.fromisoformat(f'2023-{text}') + datetime.timedelta(days)
    return day.strftime('%m-%d')


def shifted_minute(text, minutes):
    time = datetime.datetime.strptime(text, '%H:%M') + datetime.timedelta(minutes=minutes)
    return time.strftime('%H:%M')


def shifted_amount(text, hundredths):
    amount = int(text.replace('.', '')) + hundredths
    return f'{amount // 100}.{amount % 100:02d}'


def day_later(text):
    year, month, day = map(int, re.findall(r'\d+', text))
    later = datetime.date(year, month, day) + datetime.timedelta(1)
    return f'year: {later.year} month: {later.month} day: {later.day}'


# What a figure looks like, and what it becomes.
_FIGURES = (
    (re.compile(r'(?<=")\d+\.\d\d(?=")'),
     lambda text: [shifted_amount(text, 25), shifted_amount(text, -25)]),
    (re.compile(r'(?<=")\d\d-\d\d(?=")'), lambda text: [shifted_day(text, 1), shifted_day(text, -1)]),
    (re.compile(r'(?<=")\d\d:\d\d(?=")'),
     lambda text: [shifted_minute(text, 1), shifted_minute(text, -1)]),
    (re.compile(r'year: \d+ month: \d+ day: \d+'), lambda text: [day_later(text)]),
    (re.compile(r'(?<=[a-z]: )\d+\b(?!.*\bday:)(?<!month: \d)(?<!month: \d\d)(?<!day: \d)(?<!day: \d\d)'),
     lambda text: [str(int(text) + 1), str(int(text) - 1)]),
    (re.compile(r'(?<=\w: )true\b'), lambda text: ['false']),
)


def mutate_rules(text):
    mutants = []
    lines = text.split('\n')
    for i, line in enumerate(lines):
        if line.startswith('#'):
            continue
        shown = line.split('  #')[0]
        for pattern, changed in _FIGURES:
            for match in pattern.finditer(shown):
                for other in changed(match[0]):
                    mutated = line[:match.start()] + other + line[match.end():]
                    whole = '\n'.join(lines[:i] + [mutated] + lines[i + 1:])
                    mutants.append(Mutant(RULES, i + 1, shown.strip(), f'{match[0]} to {other}',
                                          rules=whole))
    return numbered_within_lines(mutants)


# ---------------------------------------------------------------------------------------------
# The list.


def all_mutants(pattern):
    """(mutated source by path, every mutant), of files whose path matches."""
    sources, mutants = {}, []
    for file in sorted((ROOT / 'domain').glob('*.cc')):
        path = f'domain/{file.name}'
        number = 1 + max((mutant.number + 1 for mutant in mutants), default=0)
        mutated, found = mutate_code(path, file.read_text(encoding='utf-8'), number)
        # Numbered before the choice, so that a mutant's number does not depend on it.
        if found and fnmatch.fnmatch(path, pattern):
            sources[path] = mutated
        mutants += found
    mutants += mutate_rules((ROOT / RULES).read_text(encoding='utf-8'))
    return sources, [mutant for mutant in mutants if fnmatch.fnmatch(mutant.path, pattern)]


def equivalents():
    """What equivalent.txt explains: {(path, line's text, change): reason}."""
    explained = {}
    for line in (pathlib.Path(__file__).parent / 'equivalent.txt').read_text('utf-8').splitlines():
        if line and not line.startswith('#'):
            path, text, change, reason = re.split(r'(?<!\\) \| ', line)
            explained[path, text.replace('\\|', '|'), change] = reason
    return explained


# ---------------------------------------------------------------------------------------------
# The build with all mutants in it.


def run_tool(command, directory):
    done = subprocess.run(command, shell=True, cwd=directory, text=True, capture_output=True,
                          check=False)
    if done.returncode != 0:
        sys.exit(f'{command[:200]} …\n{done.stdout}{done.stderr}')
    return done.stdout


class Build:
    """Compiles mutated sources and links the tests with them, in a folder of its own."""

    def __init__(self, build, folder):
        self.build = pathlib.Path(build).resolve()
        self.folder = pathlib.Path(folder).resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        commands = json.loads((self.build / 'compile_commands.json').read_text(encoding='utf-8'))
        self.commands = {entry['file']: entry for entry in commands}

    def compile(self, original, source, options):
        """Object of `source`, compiled as the build compiles `original`."""
        entry = self.commands[str(original)]
        target = self.folder / f'{pathlib.Path(original).name}.o'
        words = shlex.split(entry['command'])
        words[words.index('-o') + 1] = str(target)
        words[words.index('-c') + 1] = str(source)
        ccache = shutil.which('ccache')
        launcher = [str(ROOT / 'cmake' / 'compile_with_ccache.sh'), ccache] if ccache else []
        run_tool(shlex.join([*launcher, *words, *options]), entry['directory'])
        return target

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding='utf-8')
        return path

    def mutated_domain(self, sources, jobs):
        header = ROOT / 'tests' / 'mutation' / 'mutant.h'

        def compile_one(item):
            path, text = item
            source = self.write(path.replace('/', '_'), text)
            return self.compile(ROOT / path, source, ['-w', '-include', str(header)])

        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            objects = list(pool.map(compile_one, sources.items()))
        library = self.folder / 'libgs_domain.a'
        library.write_bytes((self.build / 'domain' / 'libgs_domain.a').read_bytes())
        if objects:
            run_tool(shlex.join(['ar', 'r', str(library), *map(str, objects)]), self.build)
        return library

    def link(self, sources, tests, jobs):
        """Links the tests: with the mutated domain, and rules from GOODSTANDING_MUTANT_RULES."""
        library = self.mutated_domain(sources, jobs)
        folder_of_rules = '-DGOODSTANDING_RULES_DIR=std::getenv("GOODSTANDING_MUTANT_RULES")'
        history = ROOT / 'tests' / 'domain' / 'history.cc'
        rules_of = {
            'domain_test': ('tests/domain/libgs_test_history.a', self.compile(
                history, history,
                ['-UGOODSTANDING_RULES_DIR', folder_of_rules, '-w', '-include', 'cstdlib'])),
        }
        if 'scenarios_test' in tests:
            shipped = self.write('shipped_rules_of_mutant.cc', _SHIPPED_RULES)
            rules_of['scenarios_test'] = ('tools/libgs_scenario.a', self.compile(
                self.build / 'tools' / 'shipped_rules.cc', shipped, ['-w']))
        for test in tests:
            command = run_tool(f'ninja -t commands {test}', self.build).rstrip().split('\n')[-1]
            replaced, rules = rules_of[test]
            kept = f' {replaced}' if test == 'scenarios_test' else ''
            command = command.replace(f' {replaced}', f' {rules}{kept}', 1)
            command = command.replace(' domain/libgs_domain.a', f' {library}')
            command = command.replace(f' -o tests/{test}', f' -o {self.folder / test}')
            run_tool(command, self.build)


_SHIPPED_RULES = '''
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include "tools/shipped_rules.h"
namespace goodstanding::tools {
const char* const kShippedRules = [] {
  std::ifstream file(std::string(std::getenv("GOODSTANDING_MUTANT_RULES")) + "/namss-2025.textproto");
  std::stringstream text;
  text << file.rdbuf();
  return (new std::string(text.str()))->c_str();
}();
}  // namespace goodstanding::tools
'''


# ---------------------------------------------------------------------------------------------
# Running the tests.


def passes(build, test, mutant):
    """Whether the test passes although the mutant lives."""
    rules = ROOT / RULES
    environment = {**os.environ, 'GOODSTANDING_MUTANT_RULES': str(rules.parent)}
    if mutant and mutant.number:
        environment['GOODSTANDING_MUTANT'] = str(mutant.number)
    elif mutant:
        folder = build.folder / f'rules-{mutant.line}-{re.sub("[^0-9a-z]+", "-", mutant.change)}'
        folder.mkdir(exist_ok=True)
        (folder / rules.name).write_text(mutant.rules, encoding='utf-8')
        environment['GOODSTANDING_MUTANT_RULES'] = str(folder)
    try:
        # A mutant may ask for memory without end.
        done = subprocess.run(
            ['prlimit', f'--as={16 << 30}', '--core=0', build.folder / test, '--gtest_brief=1',
             '--gtest_fail_fast'],
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            timeout=SECONDS[test], check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def caught_by(build, tests, mutant):
    return next((test for test in tests if not passes(build, test, mutant)), None)


def report(build, tests, mutants, jobs):
    """Prints what became of each mutant; the number of those that nothing explains."""
    explained = equivalents()
    unexplained, counts = 0, dict.fromkeys((*tests, 'equivalent', 'SURVIVES'), 0)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        verdicts = pool.map(lambda mutant: caught_by(build, tests, mutant), mutants)
        for mutant, verdict in zip(mutants, verdicts):
            why = explained.get((mutant.path, mutant.text, mutant.change), '')
            if verdict is None:
                verdict = 'equivalent' if why else 'SURVIVES'
                unexplained += not why
            elif why:
                print(f'  equivalent.txt calls it equivalent, but {verdict} catches it: {why}')
                unexplained += 1
            counts[verdict] += 1
            print(f'{verdict:<15} {mutant.path}:{mutant.line}: {mutant.change} in: {mutant.text}',
                  flush=True)
    real = len(mutants) - counts['equivalent']
    caught = sum(counts[test] for test in tests)
    print(', '.join(f'{name} {count}' for name, count in counts.items()))
    print(f'{caught} of {real} mutants are caught: {100 * caught / max(real, 1):.1f} %')
    return unexplained


def main():
    parser = argparse.ArgumentParser(description='Mutants of the rules.')
    parser.add_argument('build')
    parser.add_argument('--list', action='store_true', help='only print what would be planted')
    parser.add_argument('--files', default='*', help='paths, like domain/fees.cc or deploy/*')
    parser.add_argument('--limit', type=int, help='the first so many')
    parser.add_argument('--tests', default=','.join(TESTS), help='which tests, comma-separated')
    parser.add_argument('--folder', help='where they are built (BUILD/mutants)')
    parser.add_argument('--jobs', type=int, default=os.cpu_count())
    options = parser.parse_args()
    sources, mutants = all_mutants(options.files)
    mutants = mutants[:options.limit]
    if options.list:
        for mutant in mutants:
            print(f'{mutant.path}:{mutant.line}: {mutant.change} in: {mutant.text}')
        print(f'{len(mutants)} mutants')
        return 0
    tests = options.tests.split(',')
    build = Build(options.build, options.folder or pathlib.Path(options.build) / 'mutants')
    build.link(sources, tests, options.jobs)
    for test in tests:
        if not passes(build, test, None):
            sys.exit(f'{test} fails without any mutant')
    return 1 if report(build, tests, mutants, options.jobs) else 0


if __name__ == '__main__':
    sys.exit(main())
