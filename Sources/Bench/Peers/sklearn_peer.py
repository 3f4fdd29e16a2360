"""scikit-learn's SGDClassifier, hashed features, in batches of the size that is fastest; prints
what it took as JSON. Each batch is scored before it is learned."""

import itertools
import json
import sys
import time

import numpy
from sklearn.feature_extraction import FeatureHasher
from sklearn.linear_model import SGDClassifier

# Each call copies the 2^22 weights, so small batches lose.
BATCHES = (4096, 16384)


def run(path, rows, size):
    hasher = FeatureHasher(n_features=1 << 22, alternate_sign=False)
    model = SGDClassifier(loss="log_loss", alpha=1e-7, learning_rate="constant", eta0=0.01)
    loss, count, is_new = 0.0, 0, True
    start = time.process_time()
    with open(path, "rb") as lines:
        wanted = itertools.islice(lines, rows)
        while True:
            records = [json.loads(line) for line in itertools.islice(wanted, size)]
            if not records:
                break
            features = hasher.transform(record["features"] for record in records)
            labels = numpy.array([record["label"] for record in records])
            if is_new:
                chances = numpy.full(len(records), 0.5)
            else:
                chances = model.predict_proba(features)[:, 1]
            right = numpy.where(labels == 1, chances, 1 - chances)
            loss -= numpy.log(numpy.maximum(right, 1e-15)).sum()
            model.partial_fit(features, labels, classes=[0, 1])
            is_new = False
            count += len(records)
    seconds = time.process_time() - start
    return {"rows": count, "cpu_seconds": seconds, "log_loss": loss / count, "batch": size}


def main():
    path, rows = sys.argv[1], int(sys.argv[2])
    runs = [run(path, rows, size) for size in BATCHES if size <= rows or size == BATCHES[0]]
    print(json.dumps(min(runs, key=lambda one: one["cpu_seconds"] / one["rows"])))


main()
