"""river's drift detectors over a file of numbers, one a line; prints what each took as JSON."""

import json
import sys
import time

from river import drift


def run(detector, values):
    found = 0
    start = time.process_time()
    for value in values:
        detector.update(value)
        if detector.drift_detected:
            found += 1
    return {"rows": len(values), "cpu_seconds": time.process_time() - start, "found": found}


def main():
    kind, path, rows = sys.argv[1], sys.argv[2], int(sys.argv[3])
    with open(path) as lines:
        values = [float(line) for line, _ in zip(lines, range(rows))]
    detector = drift.ADWIN() if kind == "adwin" else drift.PageHinkley()
    print(json.dumps(run(detector, values)))


main()
