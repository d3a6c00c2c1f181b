#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What gcov has counted in lnet/ in several guests: a table, a report as HTML, what is left.

usage: coverage.py MODULES OUT GUEST=COUNTS...

MODULES is the folder of a build with LNET_GCOV=1, COUNTS what a guest has copied of its
counts there (tests/guest/lib.sh). OUT gets table.txt, left.txt and html/. The results are
printed in lines as scripts/judge prints them. A part fails if fewer of its lines or
branches were run than LEAST says; a guest fails if nothing was counted in it; the list
tests/coverage-left fails if a function of the modules that was never entered is not on it,
or one that is on it was; the list tests/coverage-branches fails if a line of it leaves out
no branch that was never taken; the list tests/coverage-causes, which gives the reasons in
left.txt, fails if one of it gives none.

What is counted is a line and a branch of the source: of a line that gcc has compiled several
times (an inline function, a file of two modules) the counts are added. Branches of
tests/coverage-branches are not counted.
"""

import collections
import json
import pathlib
import re
import shutil
import subprocess
import sys

TESTS = pathlib.Path(__file__).resolve().parent.parent / "tests"
LEFT = "coverage-left"
BRANCHES = "coverage-branches"
CAUSES = "coverage-causes"
OTHER = "a race, or a state, that no case makes"
# Hooks of the tests themselves.
APART = "lnet/hooks/"
OWN = "lnet/*.[ch]"  # in no folder
CORE = "the core"
# Each has to have enough by itself; what is in none of these folders is of the core.
PARTS = ("lnet/lustre/", "lnet/socklnd/")
ALL = "all"
# An object whose module no guest has loaded; a file of tables only.
HARMLESS = re.compile(r"cannot open data file|no functions found")
LEAST = {"lines": 92, "branches": 80}


class Source:
    """The counts of one file of lnet/."""

    def __init__(self):
        self.lines = collections.Counter()
        self.functions = collections.Counter()
        self.places = {}  # first and last line of each function
        self.shapes = collections.defaultdict(dict)  # line, number of branches: their counts

    def branches(self, line):
        """Counts of the branches of a line, as where it has most of them."""
        shapes = self.shapes.get(line)
        return shapes[max(shapes)] if shapes else []

    def add(self, found):
        """Adds what gcov says of it for one object."""
        for function in found["functions"]:
            self.functions[function["name"]] += function["execution_count"]
            self.places[function["name"]] = (function["start_line"], function["end_line"])
        copies = collections.defaultdict(list)
        for line in found["lines"]:
            self.lines[line["line_number"]] += line["count"]
            # A copy in each function that it is inlined in.
            copies[line["line_number"], line.get("function_name")] += [b["count"] for b in line["branches"]]
        for (number, _), counts in copies.items():
            if counts:
                old = self.shapes[number].get(len(counts), [0] * len(counts))
                self.shapes[number][len(counts)] = [a + b for a, b in zip(old, counts)]

    def function_of(self, line):
        """The function that a line stands in, or '-' for one that gcc always inlines."""
        for name, (first, last) in self.places.items():
            if first <= line <= last:
                return name
        return "-"


def run_gcov(folder):
    """What gcov says of each object below a folder that has its notes, and counts of most."""
    objects = []
    for notes in sorted(folder.rglob("*.gcno")):
        counts = notes.with_suffix(".gcda")
        objects.append(str(counts if counts.exists() else notes))
    for first in range(0, len(objects), 50):
        done = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities",
                               *objects[first:first + 50]], cwd=folder, capture_output=True, text=True,
                              check=True)
        wrong = [line for line in done.stderr.splitlines() if not HARMLESS.search(line)]
        if wrong:
            sys.exit(f"gcov: {wrong[0]}")
        yield from (json.loads(line) for line in done.stdout.splitlines() if line.strip())


def add_counts(sources, modules, work, counts):
    """Adds the counts of a guest, or of none; returns how many files of counts there were."""
    shutil.rmtree(work, ignore_errors=True)
    for notes in sorted(modules.rglob("*.gcno")):
        link = work / notes.relative_to(modules)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(notes)
    files = sorted(counts.rglob("*.gcda")) if counts else []
    for file in files:
        shutil.copy(file, work / file.relative_to(counts))
    for made in run_gcov(work):
        for found in made["files"]:
            path = pathlib.Path(made["current_working_directory"], found["file"]).resolve()
            if path.is_relative_to(modules / "lnet"):
                name = str(path.relative_to(modules))
                if not name.startswith(APART):
                    sources[name].add(found)
    shutil.rmtree(work)
    return len(files)


def read_list(path, fields):
    """Rows of a list; a line that has not so many fields, two blanks apart, ends the program."""
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        row = re.split(r"\t+| {2,}", line.strip(), maxsplit=len(fields) - 1)
        if len(row) != len(fields):
            sys.exit(f"tests/{path.name}:{number}: not {' and '.join(fields)} with two blanks between")
        rows.append(row)
    return rows


def leave_out_branches(sources, modules, rows):
    """Leaves out the branches of the list; returns by pattern how many, and how many never ran."""
    left_out = {}
    for pattern, _ in rows:
        number = never = 0
        for name, source in sources.items():
            text = (modules / name).read_text(encoding="utf-8").splitlines()
            for line in [line for line in source.shapes if re.search(pattern, text[line - 1])]:
                number += len(source.branches(line))
                never += sum(not count for count in source.branches(line))
                del source.shapes[line]
        left_out[pattern] = (number, never)
    return left_out


# --- the table

class Sum:
    """What was run of a folder."""

    def __init__(self, name):
        self.name = name
        self.run = collections.Counter()
        self.all = collections.Counter()

    def add(self, what, counts):
        self.run[what] += sum(count > 0 for count in counts)
        self.all[what] += len(counts)

    def percent(self, what):
        return 100 * self.run[what] / self.all[what] if self.all[what] else 0.0

    def columns(self):
        cells = [f"{self.run[what]:6} of {self.all[what]:5} {self.percent(what):6.2f} %"
                 for what in ("lines", "branches", "functions")]
        return f"{self.name:<16}" + "  ".join(cells)


def add_up(sources):
    """Sums of folders, of the core, and of all."""
    sums = {}
    for name, source in sorted(sources.items()):
        folder = name.rpartition("/")[0] + "/"
        for key in (OWN if folder == "lnet/" else folder, ALL) + (() if folder in PARTS else (CORE,)):
            total = sums.setdefault(key, Sum(key))
            total.add("lines", list(source.lines.values()))
            total.add("functions", list(source.functions.values()))
            for line in source.shapes:
                total.add("branches", source.branches(line))
    return dict(sorted(sums.items(), key=lambda item: (item[0] in (CORE, ALL), item[0] == ALL)))


# --- what is left

def ranges(numbers):
    """Text of line numbers, those in a row as FIRST-LAST."""
    rows = []
    for number in sorted(numbers):
        if rows and number == rows[-1][1] + 1:
            rows[-1][1] = number
        else:
            rows.append([number, number])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in rows)


def lines_left(source):
    """Yields runs of lines that never ran: the function, the line that ran before them, and they."""
    before, row = None, []
    for line in [*sorted(source.lines), None]:
        function = source.function_of(line) if line else None
        if row and (not line or source.lines[line] or function != source.function_of(row[0])):
            yield source.function_of(row[0]), before or row[0], row
            row = []
        if line and not source.lines[line]:
            if not row:
                before = before if before and source.function_of(before) == function else None
            row.append(line)
        elif line:
            before = line


def find_causes(name, source, text, causes, listed):
    """Numbers of lines of a file that never ran: by function and by the reason that the lists give."""
    why = collections.defaultdict(collections.Counter)
    for function, before, lines in lines_left(source):
        said = "\n".join(text[before - 1:lines[-1]])
        why[function][listed.get((name, function)) or next(
            (reason for pattern, reason in causes if re.search(pattern, said)), OTHER)] += len(lines)
    return why


def describe_left(sources, modules, causes, listed):
    """A table of reasons, and a row for each function with lines or branches that never ran."""
    rows, total = [], collections.Counter({reason: 0 for _, reason in causes})
    for name, source in sources.items():
        text = (modules / name).read_text(encoding="utf-8").splitlines()
        why = find_causes(name, source, text, causes, listed)
        left = collections.defaultdict(lambda: (set(), collections.Counter()))
        for line, count in source.lines.items():
            if not count:
                left[source.function_of(line)][0].add(line)
        for line in source.shapes:
            missed = sum(not count for count in source.branches(line))
            if missed:
                left[source.function_of(line)][1][line] += missed
        for function, (lines, branches) in left.items():
            total.update(why[function])
            rows.append((len(lines), branches.total(), name, function, ranges(lines), ranges(branches),
                         "; ".join(why[function])))
    rows.sort(key=lambda row: (-row[0], -row[1], row[2:]))
    return [f"{number:5}  {reason}" for reason, number in total.most_common()] + [
        "", "lines  branches  file function: lines that never ran (why); lines with branches never taken"] + [
            f"{lines:5}  {branches:8}  {name} {function}: {which or '-'}{f' ({why})' if why else ''}; {where or '-'}"
            for lines, branches, name, function, which, where, why in rows], total


def judge_left(sources, rows):
    """What is wrong with the list of functions that are never entered."""
    known = {(name, function): count for name, source in sources.items()
             for function, count in source.functions.items()}
    never = {key for key, count in known.items() if not count}
    listed = {(file, function) for file, function, _ in rows}
    return ([f"{' '.join(key)} is never entered, and not in tests/{LEFT}" for key in sorted(never - listed)] +
            [f"{' '.join(key)} is in tests/{LEFT}, but " +
             ("is entered" if key in known else "gcov knows no such function")
             for key in sorted(listed - never)])


# --- HTML

def write_trace(sources, modules, path):
    """Writes the counts as genhtml reads them."""
    with open(path, "w", encoding="utf-8") as out:
        for name, source in sorted(sources.items()):
            print(f"TN:\nSF:{modules / name}", file=out)
            for function, count in sorted(source.functions.items()):
                print(f"FN:{source.places[function][0]},{function}\nFNDA:{count},{function}", file=out)
            for line in sorted(source.shapes):
                for number, count in enumerate(source.branches(line)):
                    print(f"BRDA:{line},0,{number},{count if source.lines[line] else '-'}", file=out)
            for line, count in sorted(source.lines.items()):
                print(f"DA:{line},{count}", file=out)
            print("end_of_record", file=out)


def write_html(sources, modules, out):
    trace = out / "counts.info"
    write_trace(sources, modules, trace)
    shutil.rmtree(out / "html", ignore_errors=True)
    subprocess.run(["genhtml", "--quiet", "--branch-coverage", "--prefix", str(modules), "--title", "lnet",
                    "--output-directory", str(out / "html"), str(trace)], check=True,
                   stdout=subprocess.DEVNULL)


# --- results

def result(good, title, note):
    print("\t".join(["ok" if good else "FAIL", title, note, "0", str(int(good)), str(int(not good)), "0"]))


def judge_part(total):
    low = [what for what, least in LEAST.items() if total.percent(what) < least]
    result(not low, f"coverage {total.name}", ", ".join(
        f"{total.percent(what):.2f} % of {what}" + (f", not {least}" if what in low else "")
        for what, least in LEAST.items()))


def report(modules, out, guests, tests=TESTS):
    """Reads the counts of guests, (name, folder) each, and writes and judges all there is."""
    sources = collections.defaultdict(Source)
    add_counts(sources, modules, out / "work", None)
    for guest, counts in guests:
        if not add_counts(sources, modules, out / "work", counts):
            result(False, f"coverage {guest}", "nothing was counted in it")
    left_out = leave_out_branches(sources, modules, read_list(tests / BRANCHES, ("PATTERN", "REASON")))
    sums = add_up(sources)
    table = [total.columns() for total in sums.values()]
    table += [f"not counted: {number:4} branches, {never:4} never taken, of lines with {pattern}"
              for pattern, (number, never) in left_out.items()]
    (out / "table.txt").write_text("\n".join(table) + "\n", encoding="utf-8")
    listed = read_list(tests / LEFT, ("FILE", "FUNCTION", "REASON"))
    causes = read_list(tests / CAUSES, ("PATTERN", "REASON"))
    left, total = describe_left(sources, modules, causes, {(file, name): why for file, name, why in listed})
    (out / "left.txt").write_text("\n".join(left) + "\n", encoding="utf-8")
    write_html(sources, modules, out)
    for part in (CORE, *PARTS):
        judge_part(sums[part])
    for pattern, (_, never) in left_out.items():
        if not never:
            result(False, "coverage branches",
                   f"'{pattern}' of tests/{BRANCHES} leaves out no branch that is never taken")
    for pattern, reason in causes:
        if not total[reason]:
            result(False, "coverage causes", f"'{pattern}' of tests/{CAUSES} explains no line that never ran")
    wrong = judge_left(sources, listed)
    for text in wrong:
        result(False, "coverage functions", text)
    if not wrong:
        never = sum(not count for source in sources.values() for count in source.functions.values())
        result(True, "coverage functions", f"{never} are never entered, as tests/{LEFT} says")


def main():
    if len(sys.argv) < 4 or not all("=" in word for word in sys.argv[3:]):
        sys.exit("usage: coverage.py MODULES OUT GUEST=COUNTS...")
    out = pathlib.Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    guests = [word.split("=", 1) for word in sys.argv[3:]]
    report(pathlib.Path(sys.argv[1]).resolve(), out, [(name, pathlib.Path(counts)) for name, counts in guests])


if __name__ == "__main__":
    main()
