# SPDX-License-Identifier: BSD-3-Clause
"""A small test runner for Python tests: functions in, TAP out.

    import tap

    def test_K16_wrong_psk_leaves_the_other_tunnel_alone(lab):
        \"\"\"Raises AssertionError (or anything else) when it fails.\"\"\"

    if __name__ == "__main__":
        tap.main(globals(), setup=start_lab, teardown=stop_lab, evidence=lab_logs)

Tests run in the order in which they stand in the file. `setup()` returns what every test gets as its
argument; when it fails, every test is `not ok`. With `each=True` every test gets one of its own. `evidence(context)` is text printed once, as comments, at
the end of a run with failures. Function names carry the rows of tests/hostile.md that they cover."""
import functools
import re
import sys
import time
import traceback


def equal(got, want, what="value"):
    assert got == want, f"{what} is {got!r}, not {want!r}"


def contains(text, part, what="text"):
    assert part in text, f"{what} has no {part!r}:\n{text}"


def lacks(text, part, what="text"):
    assert part not in text, f"{what} has {part!r}:\n{text}"


def matches(text, pattern, what="text"):
    """re.search in multi-line mode; returns the match."""
    found = re.search(pattern, text, re.MULTILINE)
    assert found, f"{what} does not match {pattern!r}:\n{text}"
    return found


def comment(text):
    for line in str(text).splitlines():
        print("#", line, flush=True)


def tests_of(namespace):
    """The test functions of a module in the order of the file; those it imported come first."""
    found = [f for name, f in namespace.items() if name.startswith("test_") and callable(f)]
    return sorted(found, key=lambda f: (f.__module__ == namespace["__name__"], f.__code__.co_firstlineno))


def _explain(error):
    if isinstance(error, AssertionError) and error.args:
        where = traceback.extract_tb(error.__traceback__)[-1]
        return f"{where.filename}:{where.lineno}: {error}"
    return "".join(traceback.format_exception(error))


def _run_one(test, context):
    begin = time.monotonic()
    try:
        test(context)
    except Exception as error:  # a test may fail in any way
        print(f"not ok - {test.__name__}", flush=True)
        comment(_explain(error))
        return False
    print(f"ok - {test.__name__} # {time.monotonic() - begin:.1f} s", flush=True)
    return True


def _of_its_own(test, setup, teardown):
    """The test with a context that is made for it and taken away again."""
    @functools.wraps(test)
    def whole(_):
        context = setup()
        try:
            test(context)
        finally:
            teardown(context)
    return whole


def main(namespace, setup=lambda: None, teardown=lambda context: None, evidence=None, only=None, each=False):
    """Runs the tests of a module and exits: 0 when all passed. `only`: a part of the names to run."""
    tests = [t for t in tests_of(namespace) if not only or only in t.__name__]
    if each:
        tests = [_of_its_own(t, setup, teardown) for t in tests]
        setup = teardown = lambda *_: None
    print(f"1..{len(tests)}", flush=True)
    failed, context = 0, None
    try:
        try:
            context = setup()
        except Exception as error:
            failed = len(tests)
            for test in tests:
                print(f"not ok - {test.__name__}", flush=True)
            comment("the set-up failed: " + _explain(error))
        else:
            failed = sum(not _run_one(test, context) for test in tests)
        if failed and evidence and context is not None:
            comment(evidence(context))
    finally:
        if context is not None:
            teardown(context)
    sys.exit(1 if failed else 0)
