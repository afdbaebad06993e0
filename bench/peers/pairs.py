# SPDX-License-Identifier: BSD-3-Clause
"""Pairs of samples, taken in turns of two programs on one CPU, and what follows from them.

Only one of the two runs at a time; the other is halted and keeps its memory. The statistics are those of
bench/harness.c: the median, and the interval that holds the true one with at least 95 %, from the order of
the samples alone."""
import time

WARM_UP_SEC = 0.005
SAMPLE_SEC = 0.04  # short, so that neighbours are: the clock of the core wanders
WAITED_MAX = 0.5  # of a sample in which the worker waited for its CPU: more, and it is repeated
REPEATS_MAX = 20


def cut_off(count):
    probability, tail, k = 0.5 ** count, 0.0, 0
    while k < count // 2 and 2 * (tail + probability) <= 0.05:
        tail += probability
        probability *= (count - k) / (k + 1)
        k += 1
    return k - 1 if k else 0


def stat(samples):
    """(median, low, high)"""
    ordered, n = sorted(samples), len(samples)
    cut = cut_off(n)
    return (ordered[(n - 1) // 2] + ordered[n // 2]) / 2, ordered[cut], ordered[n - 1 - cut]


def fields(name, samples):
    """A statistic as members of a JSON line."""
    median, low, high = stat(samples)
    return {name: round(median, 3), f"{name}_low": round(low, 3), f"{name}_high": round(high, 3)}


class Sampler:
    def __init__(self, tsc_mhz):
        self.tsc_mhz, self.disturbed = tsc_mhz, 0

    def once(self, program):
        """Cycles of the time stamp counter for each packet sent, of the time the worker had its CPU;
        and the part of the time in which it had not."""
        program.go_on()
        time.sleep(WARM_UP_SEC)
        begin = program.count()
        time.sleep(SAMPLE_SEC)
        end = program.count()
        program.halt()
        nsec, packets, waited = (e - b for b, e in zip(begin, end))
        if packets == 0 and waited < nsec / 2:
            program.fail("sends nothing any more")
        cycles = (nsec - waited) * self.tsc_mhz / 1000 / packets if packets else None
        return cycles, waited / nsec

    def sample(self, program):
        for _ in range(REPEATS_MAX):
            cycles, waited = self.once(program)
            if waited <= WAITED_MAX:
                return cycles
            self.disturbed += 1
        raise RuntimeError(f"CPU {program.worker_cpu} is busy with others: no sample of {program.name}")

    def pairs(self, a, b, count):
        """Samples of both, which are halted, and the ratios b/a of neighbours."""
        first, second = [], []
        for i in range(count):
            for program, samples in ((a, first), (b, second))[::1 if i % 2 else -1]:
                samples.append(self.sample(program))
        return first, second, [y / x for x, y in zip(first, second)]
